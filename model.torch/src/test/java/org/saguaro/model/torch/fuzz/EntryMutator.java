// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Whole entries: removed, renamed, emptied, cut, lengthened, exchanged, added, overwritten here and there. */
final class EntryMutator implements Mutator {

    private static final List<String> NAMES = List.of(
            "",
            "/",
            "..",
            "../../etc/passwd",
            "/absolute",
            "a\\b",
            "version",
            "byteorder",
            "archive/data.pkl",
            "models/model.json",
            "x/extra/../data.pkl",
            "n".repeat(60_000));

    @Override
    public boolean appliesTo(Archive archive) {
        return !archive.entries.isEmpty();
    }

    @Override
    public String mutate(Archive archive, Random random) {
        String name = Lies.oneOf(archive.names(), random);
        byte[] contents = archive.contents(name);
        return switch (random.nextInt(9)) {
            case 0 -> {
                archive.entries.remove(name);
                yield "removed " + name;
            }
            case 1 -> {
                String other = random.nextBoolean() ? Lies.oneOf(NAMES, random) : altered(name, random);
                rename(archive, name, other);
                yield "renamed " + name + " to " + shortened(other);
            }
            case 2 -> {
                archive.entries.put(name, new byte[0]);
                yield "emptied " + name;
            }
            case 3 -> {
                int length = random.nextInt(contents.length + 1);
                archive.entries.put(name, Arrays.copyOf(contents, length));
                yield "cut " + name + " to " + length + " bytes";
            }
            case 4 -> {
                archive.entries.put(name, Arrays.copyOf(contents, contents.length + 1 + random.nextInt(4096)));
                yield "lengthened " + name;
            }
            case 5 -> {
                String other = Lies.oneOf(archive.names(), random);
                archive.entries.put(name, archive.contents(other));
                archive.entries.put(other, contents);
                yield "exchanged " + name + " and " + other;
            }
            case 6 -> {
                String other = altered(name, random);
                archive.entries.put(other, contents);
                yield "added " + shortened(other);
            }
            case 7 -> {
                byte[] noise = new byte[random.nextInt(300)];
                random.nextBytes(noise);
                archive.entries.put(name, noise);
                yield "noise in " + name;
            }
            default -> {
                byte[] damaged = contents.clone();
                for (int n = 1 + random.nextInt(6); n > 0 && damaged.length > 0; n--) {
                    damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
                }
                archive.entries.put(name, damaged);
                yield "bytes of " + name + " overwritten";
            }
        };
    }

    private static String altered(String name, Random random) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0 || random.nextInt(4) == 0) {
            return name + Lies.oneOf(List.of("0", "/", ".py", ".json", "\u00e9", "\0"), random);
        }
        bytes[random.nextInt(bytes.length)] = (byte) (32 + random.nextInt(95));
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static void rename(Archive archive, String name, String other) {
        Map<String, byte[]> renamed = new LinkedHashMap<>();
        archive.entries.forEach((key, value) -> renamed.put(key.equals(name) ? other : key, value));
        archive.entries.clear();
        archive.entries.putAll(renamed);
    }

    private static String shortened(String name) {
        return name.length() > 60 ? name.substring(0, 60) + "..." : name;
    }
}
