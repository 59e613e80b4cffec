// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.heuristics.all;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.saguaro.scheduler.api.SchedulingPolicy;
import org.saguaro.scheduler.heuristics.Dmda;
import org.saguaro.scheduler.heuristics.Dmdas;
import org.saguaro.scheduler.heuristics.EarliestDeadlineFirst;
import org.saguaro.scheduler.heuristics.EarliestFinishTime;
import org.saguaro.scheduler.heuristics.EarliestTaskFirst;
import org.saguaro.scheduler.heuristics.EarliestTaskFirstCedr;
import org.saguaro.scheduler.heuristics.EnergyDelayProduct;
import org.saguaro.scheduler.heuristics.FairShare;
import org.saguaro.scheduler.heuristics.Heft;
import org.saguaro.scheduler.heuristics.HeftRt;
import org.saguaro.scheduler.heuristics.LeastLaxityFirst;
import org.saguaro.scheduler.heuristics.MaxMin;
import org.saguaro.scheduler.heuristics.MinMin;
import org.saguaro.scheduler.heuristics.MinimumExecutionTime;
import org.saguaro.scheduler.heuristics.Peft;
import org.saguaro.scheduler.heuristics.RandomChoice;
import org.saguaro.scheduler.heuristics.RoundRobin;
import org.saguaro.scheduler.heuristics.Sufferage;
import org.saguaro.scheduler.heuristics.ValueOfService;

/** All policies of ours by name, with their default options. */
public final class AllPolicies {

    /** What makes them, by name. */
    public static final Map<String, Supplier<SchedulingPolicy>> BY_NAME = byName();

    private AllPolicies() {}

    private static Map<String, Supplier<SchedulingPolicy>> byName() {
        Map<String, Supplier<SchedulingPolicy>> all = new LinkedHashMap<>();
        all.put("random", RandomChoice::new);
        all.put("rr", RoundRobin::new);
        all.put("met", MinimumExecutionTime::new);
        all.put("eft", EarliestFinishTime::new);
        all.put("etf", EarliestTaskFirst::new);
        all.put("etf_cedr", EarliestTaskFirstCedr::new);
        all.put("heft_rt", HeftRt::new);
        all.put("heft", Heft::new);
        all.put("peft", Peft::new);
        all.put("minmin", MinMin::new);
        all.put("maxmin", MaxMin::new);
        all.put("sufferage", Sufferage::new);
        all.put("edf", EarliestDeadlineFirst::new);
        all.put("llf", LeastLaxityFirst::new);
        all.put("dmda", Dmda::new);
        all.put("dmdas", Dmdas::new);
        all.put("edp", EnergyDelayProduct::new);
        all.put("vos", ValueOfService::new);
        all.put("fair", FairShare::new);
        return all;
    }

    /**
     * A fresh policy.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    public static SchedulingPolicy create(String name) {
        Supplier<SchedulingPolicy> policy = BY_NAME.get(name);
        if (policy == null) {
            throw new IllegalArgumentException(
                    "no policy '" + name + "'; there are: " + String.join(", ", BY_NAME.keySet()));
        }
        return policy.get();
    }
}
