// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

/**
 * What the cost model knows of one kernel on one type of PE. Errors are parts of what was measured (0.1: ten percent), of predictions
 * made by measurements, not by the prior.
 *
 * @param kernel its signature: operators, and a hash of shapes, element types and attributes
 * @param peType the type of PE
 * @param priorNanos what was expected before anything was measured; {@link #NO_PRIOR} if it was not prepared since the start
 * @param meanNanos what the next execution is expected to take
 * @param deviationNanos standard deviation; the whole mean until two executions were measured
 * @param count executions measured, those of earlier runs of the platform included; 0 while it is the prior
 * @param changes how often the time was found to have changed for good since the start
 * @param predictions executions since the start that a measurement had predicted
 * @param meanAbsoluteError mean absolute error of the newest predictions
 * @param bias mean error of the newest predictions: positive if they were too long
 * @param lastError error of the last one
 */
public record CostStatus(
        String kernel,
        String peType,
        long priorNanos,
        long meanNanos,
        long deviationNanos,
        long count,
        long changes,
        long predictions,
        double meanAbsoluteError,
        double bias,
        double lastError) {

    /** Stands for a prior that is not known. */
    public static final long NO_PRIOR = -1;
}
