// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.workload;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.saguaro.runtime.core.DeployOptions.Granularity;

/**
 * Which applications arrive when.
 *
 * @param origin for messages: the file's name
 * @param text the description itself, as JSON
 * @param seed of everything random; equal seeds give equal arrivals
 * @param durationSeconds requests arrive before it is over
 * @param rateMbps injection rate: million bits of input that arrive per second, over all streams; empty if each has a rate of its own
 * @param warmUpRequests of each stream, one after the other, before the first arrival; nothing of them is counted
 * @param granularity what becomes a task of a model
 * @param streams at least one
 */
public record Workload(
        String origin,
        String text,
        long seed,
        double durationSeconds,
        OptionalDouble rateMbps,
        int warmUpRequests,
        Granularity granularity,
        List<Stream> streams) {

    public Workload {
        streams = List.copyOf(streams);
    }

    /** The same with another seed. */
    public Workload withSeed(long other) {
        return new Workload(origin, text, other, durationSeconds, rateMbps, warmUpRequests, granularity, streams);
    }

    /** The same for another time. */
    public Workload withDurationSeconds(double other) {
        return new Workload(origin, text, seed, other, rateMbps, warmUpRequests, granularity, streams);
    }

    /** The shares of the tenants, by name. */
    public Map<String, Double> tenantWeights() {
        Map<String, Double> weights = new TreeMap<>();
        streams.forEach(stream -> weights.merge(stream.options().tenant(), stream.tenantWeight(), Math::max));
        return weights;
    }
}
