// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.ArchiveBuilder;

/**
 * What the fuzzer starts from: archives that PyTorch wrote, a few kilobytes each, and for layouts that today's PyTorch no longer
 * writes, archives that our tests build.
 */
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

    /** All archives below the folder of this module's test resources, in the order of their names. */
    static Corpus below(Path folder) throws IOException, ModelFormatException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(folder)) {
            files = all.filter(file -> file.toString().matches(".*\\.(pt2|pt)"))
                    .filter(file -> !file.startsWith(folder.resolve("pickle"))) // weights alone, no models
                    .sorted()
                    .toList();
        }
        List<Seed> seeds = new ArrayList<>();
        for (Path file : files) {
            if (Files.size(file) <= MAX_BYTES) {
                seeds.add(new Seed(folder.relativize(file).toString(), Archive.read(file)));
            }
        }
        byte[] weights = Files.readAllBytes(folder.resolve("pickle/state_dict.pt"));
        byte[] program = ArchiveBuilder.bytes(new ArchiveBuilder().program.toString());
        seeds.add(new Seed("layout of torch 2.5.pt2", flat(program, weights)));
        seeds.add(new Seed("layout of torch 2.8.pt2", inFolders(program, weights)));
        return new Corpus(List.copyOf(seeds));
    }

    private static Archive flat(byte[] program, byte[] weights) {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put("serialized_exported_program.json", program);
        entries.put("serialized_state_dict.pt", weights);
        entries.put("serialized_constants.pt", new byte[0]);
        entries.put("version", ArchiveBuilder.bytes("8.2"));
        return new Archive(entries);
    }

    private static Archive inFolders(byte[] program, byte[] weights) {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put("m/archive_format", ArchiveBuilder.bytes("pt2"));
        entries.put("m/archive_version", ArchiveBuilder.bytes("0"));
        entries.put("m/models/model.json", program);
        entries.put("m/data/weights/model.pt", weights);
        entries.put("m/data/constants/model.pt", new byte[0]);
        return new Archive(entries);
    }
}
