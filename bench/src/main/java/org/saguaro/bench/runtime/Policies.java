// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.runtime;

import java.util.List;
import org.saguaro.runtime.core.deploy.Engine;
import org.saguaro.scheduler.api.SchedulingPolicy;
import org.saguaro.scheduler.heuristics.EarliestFinishTime;
import org.saguaro.scheduler.heuristics.RoundRobin;

/** Policies by their names, as the service registry would give them. */
final class Policies {

    private Policies() {}

    static SchedulingPolicy create(String name) {
        return switch (name) {
            case "rr" -> new RoundRobin();
            case "eft" -> new EarliestFinishTime();
            default -> throw new IllegalArgumentException("there is no policy " + name);
        };
    }

    /** Gives an engine a policy and makes it the one that decides. */
    static void use(Engine engine, String name) {
        engine.addPolicy(name, "bench", create(name));
        engine.configurePolicies(List.of(name));
    }
}
