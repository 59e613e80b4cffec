// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.pool;

import java.io.IOException;
import java.nio.file.Path;
import org.saguaro.runtime.core.simulation.Pool;

/**
 * A platform as a JSON file describes it (docs/pool.schema.json): types of PEs by letter with their costs, memory spaces, energy. How
 * many there are of each type is said by a composition, for instance {@code C3+F1+V1+Z1}; the file has one by default.
 */
public final class PoolFile {

    private PoolFile() {}

    /**
     * Reads a pool.
     *
     * @param composition letters and counts joined by {@code +}; empty for the file's own
     * @throws PoolException if file or composition are wrong: names file, place, what was found and expected
     */
    public static Pool read(Path file, String composition) throws IOException, PoolException {
        if (composition.isBlank()) {
            throw new PoolException(file + ": no composition");
        }
        throw new UnsupportedOperationException();
    }

    /** As {@link #read}, of a pool that comes with Saguaro, for instance {@code zcu102}. */
    public static Pool builtIn(String name, String composition) throws PoolException {
        if (composition.isBlank()) {
            throw new PoolException(name + ": no composition");
        }
        throw new UnsupportedOperationException();
    }
}
