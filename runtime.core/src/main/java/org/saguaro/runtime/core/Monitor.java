// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The service that says what the machine and the runtime are doing. A thread of its own samples at a configured period; what is handed out
 * here is its latest sample, so asking costs nothing and disturbs nobody. Thread-safe.
 */
@ProviderType
public interface Monitor {

    /** The latest sample. */
    MonitorSnapshot snapshot();

    /** The sensors that could be read at the latest sample, by name. */
    List<SensorReading> sensors();

    /** Whether tasks and rounds are timed and sampled. Counters and what requests took are kept in any case. */
    boolean isOn();

    /** Turns timing and sampling on or off, while requests run. Off, {@link #snapshot} stays what it was. */
    void on(boolean on);

    /**
     * Begins to keep every scheduling round until it is taken, which costs some nanoseconds per round. Rounds are kept only while the
     * monitor is on. Whoever calls this anew gets what comes from then on.
     *
     * @param capacity how many that are not taken yet are kept, further ones are not; 0 ends it
     * @throws IllegalArgumentException if it is negative or larger than 16 million
     */
    void keepRounds(int capacity);

    /** The rounds kept and not taken yet, oldest first; none if {@link #keepRounds} was not called. */
    List<SchedulingRound> takeRounds();
}
