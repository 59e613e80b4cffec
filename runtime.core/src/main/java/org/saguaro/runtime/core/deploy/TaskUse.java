// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.accel.api.Precision;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument.Access;
import org.saguaro.runtime.core.MeasuredError;
import org.saguaro.runtime.core.PlacementReport;
import org.saguaro.runtime.core.cost.Roofline;
import org.saguaro.runtime.core.dispatch.KernelUse;
import org.saguaro.runtime.core.dispatch.PeHandle;
import org.saguaro.runtime.core.dispatch.PlanTask;

/** What the types of PEs are and were to a task, for the placement report. A snapshot. Not thread-safe. */
final class TaskUse {

    private final PlanTask task;
    private final List<KernelUse> kernels;
    private final List<PeHandle> pes;
    private final Map<String, Map<String, Double>> partsByType = new HashMap<>();

    TaskUse(PlanTask task, List<PeHandle> pes) {
        this.task = task;
        this.kernels = task.uses();
        this.pes = pes;
    }

    PlanTask task() {
        return task;
    }

    List<KernelUse> kernels() {
        return kernels;
    }

    private Stream<KernelUse> of(String type) {
        return kernels.stream().filter(kernel -> kernel.peType().equals(type));
    }

    /** Types that have ever run it. */
    Set<String> types() {
        Set<String> types = new TreeSet<>();
        kernels.stream().filter(kernel -> kernel.runs() > 0).forEach(kernel -> types.add(kernel.peType()));
        return types;
    }

    long runs() {
        return kernels.stream().mapToLong(KernelUse::runs).sum();
    }

    long runs(String type) {
        return of(type).mapToLong(KernelUse::runs).sum();
    }

    Map<String, Long> runsByPe(String type) {
        Map<String, Long> runs = new TreeMap<>();
        of(type).filter(kernel -> kernel.runs() > 0).forEach(kernel -> runs.put(kernel.peId(), kernel.runs()));
        return runs;
    }

    long busyNanos() {
        return kernels.stream().mapToLong(KernelUse::busyNanos).sum();
    }

    long busyNanos(String type) {
        return of(type).mapToLong(KernelUse::busyNanos).sum();
    }

    long faults(String type) {
        return of(type).mapToLong(KernelUse::faults).sum();
    }

    String lastFault(String type) {
        return of(type).map(KernelUse::lastFault)
                .filter(fault -> !fault.isEmpty())
                .findFirst()
                .orElse("");
    }

    boolean isPrepared(String type) {
        return of(type).anyMatch(KernelUse::prepared);
    }

    /** What the task takes on a type; 0 if it is prepared on none of its PEs. */
    long estimateNanos(String type) {
        return of(type).filter(KernelUse::prepared)
                .mapToLong(KernelUse::estimateNanos)
                .findFirst()
                .orElse(0);
    }

    /** How exact it is on a type; float32 if it is prepared on none of its PEs. */
    Precision precision(String type) {
        return of(type).filter(KernelUse::prepared)
                .map(KernelUse::precision)
                .findFirst()
                .orElse(Precision.FLOAT32);
    }

    /** How far the answers of a type are from the CPU's, on the PE where they are farthest; empty if that was not measured. */
    Optional<MeasuredError> error(String type) {
        return of(type).flatMap(kernel -> kernel.error().stream()).reduce(MeasuredError::max);
    }

    boolean isMeasured(String type) {
        return of(type).anyMatch(kernel -> kernel.prepared() && kernel.measured());
    }

    /** The type that ran it most often. */
    String mainType() {
        return types().stream().max(Comparator.comparingLong(this::runs)).orElse("");
    }

    /** Whether a type is one of those that run it and not only one that was tried. */
    boolean isMainly(String type) {
        long runs = runs(type);
        return runs > 0 && (type.equals(mainType()) || runs >= PlacementReport.LEAST_SHARE * runs());
    }

    /**
     * The part of the task's time on a type that is a layer's: nobody measures inside a kernel, so this is what the cost model's
     * prior says, without the cost of launching. Views cost nothing.
     *
     * @return from 0 to 1; the parts of a task's layers add up to 1
     */
    double part(String layerName, String type) {
        return partsByType.computeIfAbsent(type, this::parts).getOrDefault(layerName, 0.0);
    }

    private Map<String, Double> parts(String type) {
        LayerGraph segment = task.definition().segment();
        Map<String, Double> seconds = new HashMap<>();
        for (Layer layer : segment.layers()) {
            seconds.put(layer.name(), segment.layers().size() == 1 ? 1 : seconds(segment, layer, type));
        }
        double all = seconds.values().stream().mapToDouble(Double::doubleValue).sum();
        seconds.replaceAll((name, own) -> all > 0 ? own / all : 1.0 / seconds.size());
        return seconds;
    }

    private double seconds(LayerGraph segment, Layer layer, String type) {
        boolean view = layer.arguments().stream().anyMatch(argument -> argument.access() == Access.ALIAS);
        if (view) {
            return 0;
        }
        Roofline work = Roofline.of(segment.segment(layer.name(), Set.of(layer)));
        return pes.stream()
                .map(PeHandle::descriptor)
                .sorted(Comparator.comparing((PeDescriptor pe) -> !pe.type().equals(type))
                        .thenComparing(pe -> !pe.type().equals(PlacementReport.CPU)))
                .findFirst()
                .map(pe -> Math.max(work.operations() / pe.operationsPerSecond(), work.bytes() / pe.bytesPerSecond()))
                .orElse(work.bytes());
    }
}
