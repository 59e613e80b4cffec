// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import java.util.List;

/** Simulates applications on pools of processing elements in virtual time, by discrete events. Thread-safe. */
public final class Simulator {

    private Simulator() {}

    /**
     * Applications on a pool.
     *
     * @throws IllegalArgumentException if some task can run on no PE; the message names application, task, kernel and what to do
     */
    public static Simulation simulation(Pool pool, List<ApplicationProfile> applications) {
        if (applications.isEmpty()) {
            throw new IllegalArgumentException("found no application to simulate, expected one at least");
        }
        throw new UnsupportedOperationException(pool.name());
    }
}
