// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

/**
 * Counters of one deployment. Latencies are of completed requests, from submission to completion.
 *
 * @param name of the deployment
 * @param submitted requests accepted
 * @param completed requests that gave a result
 * @param failed requests that failed, time-outs included
 * @param rejected requests refused at once
 * @param inFlight requests accepted and not ended
 */
public record DeploymentStatistics(
        String name,
        long submitted,
        long completed,
        long failed,
        long rejected,
        long inFlight,
        long latencyMeanNanos,
        long latencyP50Nanos,
        long latencyP90Nanos,
        long latencyP99Nanos,
        long latencyMaxNanos) {}
