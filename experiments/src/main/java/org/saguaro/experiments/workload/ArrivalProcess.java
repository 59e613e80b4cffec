// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.workload;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** When the requests of a stream come. docs/workloads.md has the formulas. */
public sealed interface ArrivalProcess {

    /** All at the beginning. */
    record AtOnce() implements ArrivalProcess {}

    /**
     * One per period, the first at the beginning.
     *
     * @param jitter the part of the period, 0 to 1, by which each may be late, uniformly; they stay in order
     */
    record Periodic(Rate rate, double jitter) implements ArrivalProcess {}

    /** Independently of each other: times between two are exponentially distributed. */
    record Poisson(Rate rate) implements ArrivalProcess {}

    /**
     * A Poisson process that is on and off in turn, for exponentially distributed times (an interrupted Poisson process). It may begin
     * within either.
     *
     * @param rate mean over bursts and gaps
     * @param burstMillis mean length of a burst
     * @param gapMillis mean length of a gap
     */
    record Bursty(Rate rate, double burstMillis, double gapMillis) implements ArrivalProcess {}

    /**
     * As recorded.
     *
     * @param file for messages
     * @param stream of the file, if only its requests count
     * @param nanos in order
     */
    record Recorded(Path file, Optional<String> stream, List<Long> nanos) implements ArrivalProcess {
        public Recorded {
            nanos = List.copyOf(nanos);
        }
    }
}
