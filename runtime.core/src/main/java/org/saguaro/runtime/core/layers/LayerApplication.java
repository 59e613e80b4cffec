// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.layers;

import org.osgi.annotation.versioning.ConsumerType;
import org.saguaro.runtime.core.RequestException;

/**
 * SPI: an application on the Layer API, registered as a service with the property {@link #NAME_PROPERTY} by its bundle. Workloads run
 * instances of it by name. Thread-safe: instances run at the same time, each on a thread and in a session of its own.
 */
@ConsumerType
public interface LayerApplication {

    /** Service property with the application's name, for instance {@code pulse-doppler}. */
    String NAME_PROPERTY = "layer.application";

    /** Bits of input that one instance processes, as injection rates count them. */
    long inputBits();

    /** How many different inputs it has; at least 1. */
    int samples();

    /**
     * Runs one instance to its end and checks its result against what is known to be right.
     *
     * @param session the instance's own; closed by the caller
     * @param sample which input, from 0
     * @throws RequestException if a call failed
     * @throws InterruptedException if the thread is interrupted
     */
    Outcome run(LayerSession session, int sample) throws RequestException, InterruptedException;

    /**
     * What an instance came to.
     *
     * @param answer the result in a few words, for instance {@code target at 3150 m, 45 m/s}
     * @param expected what it should be, likewise
     * @param right whether it is
     */
    record Outcome(String answer, String expected, boolean right) {}
}
