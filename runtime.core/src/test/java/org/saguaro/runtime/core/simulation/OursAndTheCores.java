// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.saguaro.runtime.core.policy.FirstComeFirstServed;
import org.saguaro.scheduler.api.SchedulingPolicy;
import org.saguaro.scheduler.heuristics.all.AllPolicies;

/** The core's own policy by name, and all of ours. */
final class OursAndTheCores {

    static final Map<String, Supplier<SchedulingPolicy>> BY_NAME = byName();

    private OursAndTheCores() {}

    private static Map<String, Supplier<SchedulingPolicy>> byName() {
        Map<String, Supplier<SchedulingPolicy>> all = new LinkedHashMap<>();
        all.put("fcfs", FirstComeFirstServed::new);
        all.putAll(AllPolicies.BY_NAME);
        return all;
    }
}
