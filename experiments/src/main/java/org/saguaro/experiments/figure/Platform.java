// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.figure;

import java.io.IOException;
import java.util.List;
import org.saguaro.experiments.pool.PoolException;
import org.saguaro.experiments.pool.PoolFile;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.simulation.Simulation;
import org.saguaro.runtime.core.simulation.Simulator;

/**
 * The platform that is simulated.
 *
 * @param pool name or file of its description
 */
record Platform(String pool) {

    Simulation simulation(String composition, List<ApplicationProfile> applications) throws IOException, PoolException {
        return Simulator.simulation(PoolFile.find(pool, composition), applications);
    }
}
