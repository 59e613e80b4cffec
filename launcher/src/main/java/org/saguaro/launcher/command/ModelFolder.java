// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.command;

import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A model with stored inputs and outputs.
 *
 * @param model {@code model.pt2}, or {@code model.pt} where there is no other
 * @param inputs {@code input.npy}, or {@code input0.npy}, {@code input1.npy}, ...
 * @param outputs {@code output.npy}, or {@code output0.npy}, ...
 */
record ModelFolder(Path model, List<Path> inputs, List<Path> outputs) {

    /**
     * Looks into a folder.
     *
     * @throws CommandException if a file is missing
     */
    static ModelFolder of(Path folder) throws CommandException, NoSuchFileException, NotDirectoryException {
        if (!Files.exists(folder)) {
            throw new NoSuchFileException(folder.toString());
        }
        if (!Files.isDirectory(folder)) {
            throw new NotDirectoryException(folder.toString());
        }
        Path model = folder.resolve("model.pt2");
        if (!Files.exists(model)) {
            model = folder.resolve("model.pt");
        }
        if (!Files.exists(model)) {
            throw new CommandException(folder + ": found no model.pt2 and no model.pt, expected one");
        }
        return new ModelFolder(model, arrays(folder, "input"), arrays(folder, "output"));
    }

    private static List<Path> arrays(Path folder, String name) throws CommandException {
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
        if (numbered.isEmpty()) {
            throw new CommandException(folder + ": found no " + name + ".npy and no " + name + "0.npy, expected one");
        }
        return numbered;
    }
}
