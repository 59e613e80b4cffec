// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.saguaro.model.api.ModelFormatException;

/** Archives inside the archive: up to torch 2.7, and for pickled weights in 2.8, an entry is an archive of torch.save. */
final class NestedMutator implements Mutator {

    private final List<Mutator> inside;

    NestedMutator(List<Mutator> inside) {
        this.inside = List.copyOf(inside);
    }

    @Override
    public boolean appliesTo(Archive archive) {
        return !archives(archive).isEmpty();
    }

    @Override
    public String mutate(Archive archive, Random random) {
        String entry = Lies.oneOf(archives(archive), random);
        Archive nested;
        try {
            nested = unpack(archive.contents(entry));
        } catch (ModelFormatException alreadyDamaged) {
            return "nothing: " + entry + " is no archive any more";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        StringBuilder done = new StringBuilder(entry).append(" / ");
        List<Mutator> mutators =
                inside.stream().filter(mutator -> mutator.appliesTo(nested)).toList();
        if (!mutators.isEmpty()) {
            done.append(Lies.oneOf(mutators, random).mutate(nested, random));
        }
        byte[] packed = nested.pack();
        archive.entries.put(entry, random.nextInt(6) == 0 ? ZipDamage.damage(packed, random, done) : packed);
        return done.toString();
    }

    private static Archive unpack(byte[] bytes) throws IOException, ModelFormatException {
        Path file = Files.createTempFile("nested", ".pt");
        try {
            Files.write(file, bytes);
            return Archive.read(file);
        } finally {
            Files.delete(file);
        }
    }

    private static List<String> archives(Archive archive) {
        return archive.names(name -> {
            byte[] contents = archive.contents(name);
            return contents.length > 4
                    && contents[0] == 'P'
                    && contents[1] == 'K'
                    && !name.contains("sample_inputs")
                    && !name.contains("example_inputs");
        });
    }
}
