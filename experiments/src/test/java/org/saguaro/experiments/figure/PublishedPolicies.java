// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.figure;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.saguaro.experiments.Policies;
import org.saguaro.scheduler.api.SchedulingPolicy;
import org.saguaro.scheduler.heuristics.EarliestFinishTime;
import org.saguaro.scheduler.heuristics.EarliestTaskFirstCedr;
import org.saguaro.scheduler.heuristics.HeftRt;
import org.saguaro.scheduler.heuristics.RoundRobin;

/** The published heuristics, without a framework. */
final class PublishedPolicies implements Policies {

    private static final Map<String, Supplier<SchedulingPolicy>> ALL = new TreeMap<>(Map.of(
            "rr", RoundRobin::new,
            "eft", EarliestFinishTime::new,
            "etf_cedr", EarliestTaskFirstCedr::new,
            "heft_rt", HeftRt::new));

    private record Instance(SchedulingPolicy policy) implements Lease {
        @Override
        public void close() {}
    }

    @Override
    public List<String> names() {
        return List.copyOf(ALL.keySet());
    }

    @Override
    public Lease create(String name) {
        Supplier<SchedulingPolicy> one = ALL.get(name);
        if (one == null) {
            throw new IllegalArgumentException("no policy " + name);
        }
        return new Instance(one.get());
    }
}
