// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.saguaro.accel.api.Precision;

/**
 * What can be set about the runtime.
 *
 * @param traceCapacity task records kept
 * @param requestsInFlight bound per deployment; more are refused
 * @param taskTimeout a kernel that runs longer is given up
 * @param leaveGrace how long a leaving PE may finish the kernel it runs
 * @param variantsKept per deployment, for models that leave sizes or types of tensors open: as many sets of input sizes have
 *     kernels of their own, those used last
 * @param calibrationFile where measurements are kept; empty: nowhere
 * @param precision of deployments that do not say how exact they want to be
 */
public record Settings(
        int traceCapacity,
        int requestsInFlight,
        Duration taskTimeout,
        Duration leaveGrace,
        int variantsKept,
        Optional<Path> calibrationFile,
        Precision precision) {

    /** Exact. */
    public Settings(
            int traceCapacity,
            int requestsInFlight,
            Duration taskTimeout,
            Duration leaveGrace,
            int variantsKept,
            Optional<Path> calibrationFile) {
        this(
                traceCapacity,
                requestsInFlight,
                taskTimeout,
                leaveGrace,
                variantsKept,
                calibrationFile,
                Precision.FLOAT32);
    }

    /** Without configuration. */
    public static final Settings DEFAULT =
            new Settings(1 << 16, 1024, Duration.ofSeconds(30), Duration.ofSeconds(10), 8, Optional.empty());
}
