// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.util.Optional;
import org.saguaro.accel.api.Precision;
import org.saguaro.runtime.core.MeasuredError;

/**
 * What one PE is and was to a task: a snapshot.
 *
 * @param peId the PE
 * @param peType its type
 * @param prepared whether it has a kernel of the task now
 * @param precision how exact it is there; float32 if it is not prepared
 * @param error how far its answers are from the CPU's; empty if that was not measured
 * @param estimateNanos what the task is expected to take there; 0 if it is not prepared
 * @param measured whether that was measured
 * @param runs how often the task completed there
 * @param busyNanos time it spent there
 * @param faults how often it failed there
 * @param lastFault the message of the last time it failed there; empty if it never did
 */
public record KernelUse(
        String peId,
        String peType,
        boolean prepared,
        Precision precision,
        Optional<MeasuredError> error,
        long estimateNanos,
        boolean measured,
        long runs,
        long busyNanos,
        long faults,
        String lastFault) {

    /** Both together; what {@code later} knows of the present counts. */
    KernelUse plus(KernelUse later) {
        return new KernelUse(
                peId,
                later.peType,
                prepared || later.prepared,
                later.prepared ? later.precision : precision,
                later.prepared ? later.error : error,
                later.prepared ? later.estimateNanos : estimateNanos,
                later.prepared ? later.measured : measured,
                runs + later.runs,
                busyNanos + later.busyNanos,
                faults + later.faults,
                later.lastFault.isEmpty() ? lastFault : later.lastFault);
    }
}
