// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.figure;

import java.io.IOException;
import java.nio.file.Path;
import org.saguaro.experiments.pool.PoolException;

/** A published figure that can be simulated. */
interface Figure {

    /** For instance {@code fig-a}. */
    String id();

    /** How many simulations it takes. */
    int runs();

    /**
     * Simulates it and draws its pictures.
     *
     * @param folder where pictures go
     * @return what came out; incomplete if this thread was interrupted
     */
    Section make(Platform platform, Runs runs, Path folder) throws IOException, PoolException;
}
