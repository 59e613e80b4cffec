// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.sweep;

import java.io.IOException;
import org.saguaro.experiments.pool.PoolException;
import org.saguaro.runtime.core.simulation.Pool;

/** Makes pools of what a platform offers. */
@FunctionalInterface
public interface SweepPlatform {

    /**
     * A pool.
     *
     * @param composition letters and counts joined by {@code +}
     * @throws PoolException if the platform or the composition are wrong
     */
    Pool pool(String composition) throws IOException, PoolException;
}
