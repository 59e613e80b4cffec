// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.run;

import org.jspecify.annotations.Nullable;
import org.saguaro.experiments.application.Judge;

/**
 * A request that has ended. Times are nanoseconds from the beginning of the run.
 *
 * @param request in the order of arrival, from 0
 * @param stream position in the workload
 * @param number in the stream, from 0
 * @param arrivalNanos when it was due, whenever it was sent: a runtime that is late makes a late answer
 * @param endNanos when it ended
 * @param reason why it has no result; empty if it has one
 * @param verdict null if nobody knows what is right
 * @param traceId number that its tasks have in the trace
 */
record RequestRow(
        long request,
        int stream,
        long number,
        long arrivalNanos,
        long endNanos,
        Outcome outcome,
        String reason,
        Judge.@Nullable Verdict verdict,
        long traceId) {

    long latencyNanos() {
        return Math.max(0, endNanos - arrivalNanos);
    }
}
