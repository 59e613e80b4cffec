// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.sweep;

import java.util.List;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.simulation.Arrivals;

/** What a sweep simulates: applications, and their requests at a rate. Thread-safe. */
public interface SweepWorkload {

    /** The applications, always the same. */
    List<ApplicationProfile> applications();

    /**
     * The requests of one simulation, positions of applications being those of {@link #applications}; finitely many. Equal rates and
     * seeds give equal requests.
     *
     * @throws IllegalArgumentException if the workload has no such rate, for instance because nobody knows how many bits a request
     *     brings; says what was found and expected
     */
    Arrivals arrivals(Rate rate, long seed);
}
