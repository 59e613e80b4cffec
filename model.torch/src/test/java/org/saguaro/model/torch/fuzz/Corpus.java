// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.saguaro.model.api.ModelFormatException;

/** What the fuzzer starts from: archives that PyTorch wrote, of every layout, a few kilobytes each. */
record Corpus(List<Seed> seeds) {

    private static final long MAX_BYTES = 256 << 10;

    /**
     * An archive.
     *
     * @param name its path below the folder
     */
    record Seed(String name, Archive archive) {

        /** How its file must end, since readers look at that too. */
        String extension() {
            return name.substring(name.lastIndexOf('.'));
        }
    }

    /** All archives below a folder, in the order of their names. */
    static Corpus below(Path folder) throws IOException, ModelFormatException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(folder)) {
            files = all.filter(file -> file.toString().matches(".*\\.(pt2|pt)"))
                    .sorted()
                    .toList();
        }
        List<Seed> seeds = new ArrayList<>();
        for (Path file : files) {
            if (Files.size(file) <= MAX_BYTES) {
                seeds.add(new Seed(folder.relativize(file).toString(), Archive.read(file)));
            }
        }
        return new Corpus(List.copyOf(seeds));
    }
}
