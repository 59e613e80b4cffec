// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.pool;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.saguaro.runtime.core.simulation.Pool;

/**
 * A platform as a JSON file describes it (docs/pool.schema.json): types of PEs by letter with their costs, memory spaces, energy. How
 * many there are of each type is said by a composition, for instance {@code C3+F1+V1+Z1}; the file has one by default.
 */
public final class PoolFile {

    /** The pools that come with Saguaro. */
    public static final List<String> BUILT_IN = List.of("jetson-xavier", "zcu102");

    private static final String SUFFIX = ".json";

    private PoolFile() {}

    /**
     * Reads a pool.
     *
     * @param composition letters and counts joined by {@code +}; empty for the file's own
     * @throws PoolException if file or composition are wrong: names file, place, what was found and expected
     */
    public static Pool read(Path file, String composition) throws IOException, PoolException {
        return PoolReader.read(
                file.toString(),
                Files.readString(file, StandardCharsets.UTF_8),
                composition,
                table -> Files.readString(file.resolveSibling(table), StandardCharsets.UTF_8));
    }

    /** As {@link #read}, of a pool that comes with Saguaro, for instance {@code zcu102}. */
    public static Pool builtIn(String name, String composition) throws PoolException {
        try {
            return PoolReader.read(name, builtInText(name), composition, table -> {
                throw new PoolException(name + ": costTable: found '" + table + "', expected none in a built-in pool");
            });
        } catch (IOException e) {
            throw new IllegalStateException("a resource of this bundle can be read", e);
        }
    }

    /**
     * A pool by its name or, if there is none of that name, from that file.
     *
     * @param nameOrFile for instance {@code zcu102} or {@code pools/mine.json}
     */
    public static Pool find(String nameOrFile, String composition) throws IOException, PoolException {
        String name = nameOrFile.endsWith(SUFFIX)
                ? nameOrFile.substring(0, nameOrFile.length() - SUFFIX.length())
                : nameOrFile;
        Path file = Path.of(nameOrFile);
        if (Files.exists(file)) {
            return read(file, composition);
        }
        if (BUILT_IN.contains(name)) {
            return builtIn(name, composition);
        }
        throw new PoolException(
                "found no pool '" + nameOrFile + "', expected a file, or one of " + String.join(", ", BUILT_IN));
    }

    /**
     * The text of a pool that comes with Saguaro, to start one's own from.
     *
     * @throws PoolException if there is none of that name
     */
    public static String builtInText(String name) throws PoolException {
        if (!BUILT_IN.contains(name)) {
            throw new PoolException(
                    "found no built-in pool '" + name + "', expected one of " + String.join(", ", BUILT_IN));
        }
        try (InputStream in = PoolFile.class.getResourceAsStream(name + SUFFIX)) {
            if (in == null) {
                throw new IllegalStateException("the resource " + name + SUFFIX + " is in this bundle");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException("a resource of this bundle can be read", e);
        }
    }
}
