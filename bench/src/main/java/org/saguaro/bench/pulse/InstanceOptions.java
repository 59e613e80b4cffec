// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.pulse;

import java.util.List;
import org.saguaro.scheduler.heuristics.all.AllPolicies;
import picocli.CommandLine.Option;

/** How many Pulse Doppler instances run on how many cores, and under which policies. */
final class InstanceOptions {

    @Option(
            names = "--policies",
            split = ",",
            description = "Scheduling policies to measure under (default: all of ours).")
    private List<String> policies = List.copyOf(AllPolicies.BY_NAME.keySet());

    @Option(
            names = "--pes",
            description = "Narrow CPU processing elements (default: ${DEFAULT-VALUE}).",
            defaultValue = "2")
    private int pes = 2;

    @Option(names = "--instances", description = "At a time (default: ${DEFAULT-VALUE}).", defaultValue = "10")
    private int instances = 10;

    List<String> policies() {
        return policies;
    }

    int pes() {
        return pes;
    }

    int instances() {
        return instances;
    }
}
