// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.run;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.saguaro.runtime.core.MonitorSnapshot.SchedulingLoad;
import org.saguaro.runtime.core.PeStatus;
import org.saguaro.runtime.core.SaguaroRuntime;
import org.saguaro.runtime.core.TransferStatus;
import org.saguaro.runtime.core.simulation.Pool;

/** The processing elements that are there, as the simulator takes them. */
public final class LivePool {

    /** A dispatch on two busy cores of a PC (docs/performance.md); taken where the monitor has not timed a round yet. */
    private static final long USUAL_DISPATCH_NANOS = 5_000;

    private LivePool() {}

    private record Kind(String type, String space) {}

    /**
     * The active ones. Kernels take what was measured, copies what the cost model knows of them.
     *
     * @param scheduling says what a round costs: that much a PE is occupied before each kernel
     */
    public static Pool of(SaguaroRuntime runtime, SchedulingLoad scheduling) {
        Map<Kind, List<PeStatus>> byKind = runtime.processingElements().stream()
                .filter(pe -> pe.state() == PeStatus.State.ACTIVE)
                .collect(Collectors.groupingBy(
                        pe -> new Kind(pe.descriptor().type(), pe.memorySpace()),
                        LinkedHashMap::new,
                        Collectors.toList()));
        long dispatch = scheduling.roundNanos() > 0 ? scheduling.roundNanos() : USUAL_DISPATCH_NANOS;
        List<Pool.PeType> types = new ArrayList<>();
        byKind.forEach((kind, pes) -> types.add(new Pool.PeType(
                kind.type(), pes.size(), kind.space(), pes.get(0).descriptor().activeWatts(), 0, dispatch, List.of())));
        List<Pool.Transfer> transfers =
                runtime.transfers().stream().map(LivePool::transfer).toList();
        String name =
                types.stream().map(type -> type.count() + " " + type.name()).collect(Collectors.joining(" + "));
        return new Pool(name, types, transfers);
    }

    private static Pool.Transfer transfer(TransferStatus status) {
        return new Pool.Transfer(status.from(), status.to(), Math.round(status.startNanos()), status.nanosPerByte());
    }
}
