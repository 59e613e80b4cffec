// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.saguaro.scheduler.api.SchedulingPolicy;

/** Applications and PEs in the form in which they are run. Immutable: what a run changes is its own. */
final class PreparedSimulation implements Simulation {

    private final List<Pool.PeType> types;
    private final List<ApplicationGraph> graphs;
    private final KernelTimes times;
    private final Copies copies;
    private final List<String> peIds;
    /** Of calibrated costs. */
    private final List<ApplicationRanks> ranks;

    PreparedSimulation(List<Pool.PeType> types, List<ApplicationGraph> graphs, KernelTimes times, Copies copies) {
        this.types = types;
        this.graphs = graphs;
        this.times = times;
        this.copies = copies;
        peIds = Arrays.stream(newPes()).map(VirtualPe::id).toList();
        ranks = ranks(new Beliefs(times, types, SimulationSettings.DEFAULT));
    }

    private List<ApplicationRanks> ranks(Beliefs beliefs) {
        return graphs.stream()
                .map(graph -> ApplicationRanks.of(graph, types, copies, beliefs))
                .toList();
    }

    private VirtualPe[] newPes() {
        List<VirtualPe> pes = new ArrayList<>();
        for (int type = 0; type < types.size(); type++) {
            Pool.PeType peType = types.get(type);
            for (int number = 0; number < peType.count(); number++) {
                pes.add(new VirtualPe(pes.size(), peType, type, number, copies.number(peType.space())));
            }
        }
        return pes.toArray(VirtualPe[]::new);
    }

    @Override
    public List<String> pes() {
        return peIds;
    }

    @Override
    public List<ApplicationProfile> applications() {
        return graphs.stream().map(graph -> graph.profile).toList();
    }

    @Override
    public SimulationResult run(
            SchedulingPolicy policy, Arrivals arrivals, SimulationSettings settings, SimulationObserver observer) {
        Beliefs beliefs = new Beliefs(times, types, settings);
        return new VirtualDispatcher(
                        arrivals,
                        policy,
                        observer,
                        graphs,
                        settings.believed().isEmpty() ? ranks : ranks(beliefs),
                        copies,
                        beliefs,
                        new ExecutionTimes(times, types, new Variation(times, settings)),
                        newPes())
                .run();
    }
}
