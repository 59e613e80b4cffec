// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Models with stored inputs and outputs.
 *
 * @param models every {@code model*.pt2} and {@code model*.pt}: forms of one model, {@code .pt2} first
 * @param examples what is stored; the first belongs to every model, the others to those that they fit
 */
record ModelFolder(List<Path> models, List<Example> examples) {

    /** What an example shows. */
    enum Kind {
        /** {@code input} and {@code output}. */
        FIRST,
        /** {@code input_b} and {@code output_b}: another shape or another branch. */
        SECOND,
        /** {@code seq_input} and {@code seq_output}: calls of a model that remembers, stacked along the first dimension. */
        SEQUENCE
    }

    /**
     * One set of arrays.
     *
     * @param inputs {@code X.npy}, or {@code X0.npy}, {@code X1.npy}, ...
     * @param outputs named likewise
     */
    record Example(Kind kind, List<Path> inputs, List<Path> outputs) {}

    /**
     * Looks into a folder.
     *
     * @throws CommandException if a file is missing
     */
    static ModelFolder of(Path folder) throws CommandException, IOException {
        if (!Files.exists(folder)) {
            throw new NoSuchFileException(folder.toString());
        }
        if (!Files.isDirectory(folder)) {
            throw new NotDirectoryException(folder.toString());
        }
        List<Path> models = models(folder);
        if (models.isEmpty()) {
            throw new CommandException(folder + ": found no model.pt2 and no model.pt, expected one");
        }
        List<Example> examples = new ArrayList<>();
        examples.add(new Example(Kind.FIRST, required(folder, "input"), required(folder, "output")));
        addIfPresent(examples, folder, Kind.SECOND, "input_b", "output_b");
        addIfPresent(examples, folder, Kind.SEQUENCE, "seq_input", "seq_output");
        return new ModelFolder(models, List.copyOf(examples));
    }

    private static List<Path> models(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().matches("model.*\\.(pt2|pt)"))
                    .sorted(Comparator.comparing((Path file) -> !file.toString().endsWith(".pt2"))
                            .thenComparing(file -> file.getFileName().toString().length())
                            .thenComparing(Comparator.naturalOrder()))
                    .toList();
        }
    }

    private static void addIfPresent(List<Example> examples, Path folder, Kind kind, String input, String output) {
        List<Path> inputs = arrays(folder, input);
        List<Path> outputs = arrays(folder, output);
        if (!inputs.isEmpty() && !outputs.isEmpty()) {
            examples.add(new Example(kind, inputs, outputs));
        }
    }

    private static List<Path> required(Path folder, String name) throws CommandException {
        List<Path> arrays = arrays(folder, name);
        if (arrays.isEmpty()) {
            throw new CommandException(folder + ": found no " + name + ".npy and no " + name + "0.npy, expected one");
        }
        return arrays;
    }

    private static List<Path> arrays(Path folder, String name) {
        Path single = folder.resolve(name + ".npy");
        if (Files.exists(single)) {
            return List.of(single);
        }
        List<Path> numbered = new ArrayList<>();
        Path next = folder.resolve(name + "0.npy");
        while (Files.exists(next)) {
            numbered.add(next);
            next = folder.resolve(name + numbered.size() + ".npy");
        }
        return numbered;
    }
}
