// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.experiment;

import java.io.IOException;
import java.nio.file.Path;
import org.saguaro.experiments.pool.PoolException;
import org.saguaro.experiments.pool.PoolFile;
import org.saguaro.runtime.core.simulation.Pool;

/** Pools as the command line names them. */
final class Pools {

    private Pools() {}

    /** A file, or one that comes with Saguaro; a composition may follow after a colon. */
    static Pool named(String text) throws IOException, PoolException {
        int colon = text.lastIndexOf(':');
        String name = colon < 0 ? text : text.substring(0, colon);
        String composition = colon < 0 ? "" : text.substring(colon + 1);
        return name.endsWith(".json") ? PoolFile.read(Path.of(name), composition) : PoolFile.builtIn(name, composition);
    }
}
