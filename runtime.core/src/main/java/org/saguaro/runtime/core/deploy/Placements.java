// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.Support;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Value;
import org.saguaro.runtime.core.PlacementReport;
import org.saguaro.runtime.core.PlacementReport.Body;
import org.saguaro.runtime.core.PlacementReport.Candidate;
import org.saguaro.runtime.core.PlacementReport.Cause;
import org.saguaro.runtime.core.PlacementReport.LayerPlacement;
import org.saguaro.runtime.core.PlacementReport.PeType;
import org.saguaro.runtime.core.PlacementReport.Reason;
import org.saguaro.runtime.core.dispatch.KernelUse;
import org.saguaro.runtime.core.dispatch.PeHandle;
import org.saguaro.runtime.core.dispatch.Plan;
import org.saguaro.runtime.core.dispatch.PlanTask;
import org.saguaro.runtime.core.lowering.LoweredGraph;
import org.saguaro.runtime.core.lowering.LoweredGraph.Removal;

/** Makes the placement report: what every layer of the model became, who can run it, who did, and why not others. */
final class Placements {

    private final List<PeHandle> pes;
    private final SupportTable table;
    private final Map<String, String> quarantined = new TreeMap<>();
    private final Map<PlanTask, TaskUse> useOf = new HashMap<>();
    private final long totalNanos;
    private final boolean anythingRan;

    private Placements(List<PeHandle> pes, Plan plan) {
        this.pes = pes;
        table = SupportTable.ask(pes);
        pes.forEach(pe -> pe.quarantineReason().ifPresent(reason -> quarantined.put(pe.id(), reason)));
        plan.tasks().forEach(task -> useOf.put(task, new TaskUse(task, pes)));
        totalNanos = useOf.values().stream().mapToLong(TaskUse::busyNanos).sum();
        anythingRan = useOf.values().stream().anyMatch(use -> use.runs() > 0);
    }

    static PlacementReport report(String name, LayerGraph model, LoweredGraph lowered, Plan plan, List<PeHandle> pes) {
        Placements placements = new Placements(pes, plan);
        List<LayerPlacement> layers = placements.layers(model, lowered, plan);
        List<PeType> types = placements.types(layers);
        return new PlacementReport(
                name, PlacementSummary.of(types, layers), plan.tasks().size(), types, layers);
    }

    // --- layers ---

    /**
     * The layers of a graph.
     *
     * @param lowered what became of it; null if it was not lowered yet
     * @param plan what runs it; null if nothing does yet
     */
    private List<LayerPlacement> layers(LayerGraph model, @Nullable LoweredGraph lowered, @Nullable Plan plan) {
        Map<String, PlanTask> taskOf = new HashMap<>();
        Map<String, Layer> loweredLayers = new HashMap<>();
        if (plan != null) {
            for (PlanTask task : plan.tasks()) {
                for (Layer layer : task.definition().segment().layers()) {
                    taskOf.put(layer.name(), task);
                    loweredLayers.put(layer.name(), layer);
                }
            }
        }
        List<LayerPlacement> layers = new ArrayList<>();
        for (Layer layer : model.layers()) {
            Removal removal = lowered == null ? null : lowered.removed().get(layer.name());
            String survivor = lowered == null ? layer.name() : lowered.survivorOf(layer.name());
            PlanTask task = taskOf.get(survivor);
            TaskUse use = task == null ? null : useOf.get(task);
            if (task != null && use != null) {
                LayerGraph graph = task.definition().segment();
                Layer asked = loweredLayers.getOrDefault(survivor, layer);
                layers.add(inTask(model, layer, removal, use, graph, asked));
            } else {
                layers.add(withoutTask(model, layer, removal));
            }
        }
        return layers;
    }

    /**
     * A layer that a task runs.
     *
     * @param asked the layer that does its work, of {@code graph}
     */
    private LayerPlacement inTask(
            LayerGraph model, Layer layer, @Nullable Removal removal, TaskUse use, LayerGraph graph, Layer asked) {
        Set<String> wholeTask = table.supporters(graph);
        Map<String, Support> answers = table.answers(graph, asked);
        List<Candidate> candidates = new ArrayList<>();
        Set<String> types = new TreeSet<>(answers.keySet());
        types.addAll(use.types());
        for (String type : types) {
            Support support = answers.get(type);
            Reason reason = support == null
                    ? new Reason(Cause.LEFT, "no processing element of this type is present any more")
                    : support instanceof Support.Unsupported no
                            ? unsupported(graph, asked, no)
                            : supported(use, type, wholeTask.contains(type));
            candidates.add(new Candidate(
                    type,
                    support != null && support.isSupported(),
                    use.estimateNanos(type),
                    use.isMeasured(type),
                    use.runsByPe(type),
                    removal == null ? (long) (use.part(asked.name(), type) * use.busyNanos(type)) : 0,
                    Optional.ofNullable(reason)));
        }
        long busyNanos = candidates.stream().mapToLong(Candidate::busyNanos).sum();
        return new LayerPlacement(
                layer.name(),
                layer.label(),
                layer.op().toString(),
                types(model, layer, removal == null ? graph : model, removal == null ? asked : layer),
                use.task().definition().index(),
                removal == null ? "" : removal.reason(),
                candidates,
                busyNanos,
                graph.layers().size() > 1,
                totalNanos == 0 ? 0 : (double) busyNanos / totalNanos,
                Optional.ofNullable(whyNotOnAnAccelerator(candidates)),
                List.of());
    }

    /** A layer that no task runs: it was removed, it is the core's own work, or its graph has no plan yet. */
    private LayerPlacement withoutTask(LayerGraph model, Layer layer, @Nullable Removal removal) {
        List<Candidate> candidates = new ArrayList<>();
        Reason reason;
        if (removal != null) {
            reason = new Reason(Cause.REMOVED, removal.reason().replaceFirst("^removed: ", ""));
        } else if (ControlOps.isControl(layer)) {
            reason = new Reason(Cause.HOST, "the core drives control flow; the layers inside run like any others");
        } else if (HostOp.isHost(layer)) {
            reason = new Reason(Cause.HOST, "the core computes what is no tensor");
        } else {
            table.answers(model, layer)
                    .forEach((type, support) -> candidates.add(new Candidate(
                            type,
                            support.isSupported(),
                            0,
                            false,
                            Map.of(),
                            0,
                            support instanceof Support.Unsupported no
                                    ? Optional.of(unsupported(model, layer, no))
                                    : Optional.empty())));
            candidates.sort(Comparator.comparing(Candidate::peType));
            reason = anythingRan ? new Reason(Cause.NOT_RUN, "") : whyNotOnAnAccelerator(candidates);
        }
        List<Body> bodies = new ArrayList<>();
        for (NamedArgument argument : layer.arguments()) {
            if (argument.value() instanceof Argument.Graph nested) {
                bodies.add(new Body(argument.name(), 0, layers(nested.graph(), null, null)));
            }
        }
        return new LayerPlacement(
                layer.name(),
                layer.label(),
                layer.op().toString(),
                types(model, layer, model, layer),
                -1,
                removal == null ? "" : removal.reason(),
                candidates,
                0,
                false,
                0,
                Optional.ofNullable(reason),
                bodies);
    }

    /** Types of what a layer makes, as the graph that runs knows them if it has the same values. */
    private static List<String> types(LayerGraph model, Layer layer, LayerGraph running, Layer asked) {
        boolean same = layer.outputs().equals(asked.outputs());
        return layer.outputs().stream()
                .filter(id -> id != Value.NONE)
                .map(id -> (same ? running : model).value(id).type().toString())
                .toList();
    }

    // --- reasons ---

    private static Reason unsupported(LayerGraph graph, Layer layer, Support.Unsupported no) {
        Cause cause = switch (no.cause()) {
            case OPERATOR -> Cause.UNSUPPORTED_OPERATOR;
            case DTYPE -> Cause.UNSUPPORTED_DTYPE;
            case SHAPE -> hasFixedSizes(graph, layer) ? Cause.UNSUPPORTED_SHAPE : Cause.UNKNOWN_SHAPE;
            case ATTRIBUTE -> Cause.UNSUPPORTED_ATTRIBUTE;
            case MEMORY -> Cause.UNSUPPORTED_MEMORY;
        };
        return new Reason(cause, no.detail());
    }

    private static boolean hasFixedSizes(LayerGraph graph, Layer layer) {
        return SupportTable.isKnown(graph, layer)
                && Stream.concat(layer.inputs().stream(), layer.outputs().stream())
                        .filter(id -> id != Value.NONE)
                        .allMatch(id -> !(graph.value(id).type() instanceof TensorSpec spec)
                                || spec.shape().isStatic());
    }

    /** Why a type that supports a layer does not run it; null if it does, or may. */
    private @Nullable Reason supported(TaskUse use, String type, boolean wholeTask) {
        if (!wholeTask) {
            return new Reason(Cause.GROUPED, "goes with " + use.task().label() + ", which it cannot run as a whole");
        }
        List<PeHandle> ofType =
                pes.stream().filter(pe -> pe.type().equals(type)).toList();
        if (ofType.stream().allMatch(pe -> quarantined.containsKey(pe.id()))) {
            return new Reason(
                    Cause.QUARANTINED, quarantined.getOrDefault(ofType.get(0).id(), ""));
        }
        String refusal = use.task().refusals().get(type);
        if (refusal != null) {
            return new Reason(Cause.PREPARATION_FAILED, refusal);
        }
        long runs = use.runs(type);
        if (use.faults(type) > 0 && runs == 0) {
            return new Reason(Cause.FAILED, use.faults(type) + " times, at last: " + use.lastFault(type));
        }
        if (use.runs() == 0 || use.isMainly(type)) {
            return null;
        }
        return use.isPrepared(type) ? comparison(use, type) : new Reason(Cause.NOT_RUN, "not prepared there yet");
    }

    /** The policy had the choice. */
    private static Reason comparison(TaskUse use, String type) {
        String other = use.mainType();
        long there = use.estimateNanos(type);
        long here = use.estimateNanos(other);
        String figures = expected(use, type) + ", " + expected(use, other);
        String tried = use.runs(type) == 0 ? "" : "; " + use.runs(type) + " of " + use.runs() + " runs there";
        return new Reason(there > here && here > 0 ? Cause.SLOWER : Cause.NOT_CHOSEN, figures + tried);
    }

    private static String expected(TaskUse use, String type) {
        return String.format(
                Locale.ROOT,
                "%.3f ms%s on %s",
                use.estimateNanos(type) / 1e6,
                use.isMeasured(type) ? "" : " (estimated)",
                type);
    }

    /** The reason of the accelerator that came closest to running the layer; null if one does, or may. */
    private static @Nullable Reason whyNotOnAnAccelerator(List<Candidate> candidates) {
        List<Candidate> accelerators = candidates.stream()
                .filter(candidate -> PlacementReport.isAccelerator(candidate.peType()))
                .toList();
        if (accelerators.isEmpty()) {
            return new Reason(Cause.NO_ACCELERATOR, "");
        }
        if (accelerators.stream().anyMatch(candidate -> candidate.reason().isEmpty())) {
            return null;
        }
        return accelerators.stream()
                .flatMap(candidate -> candidate.reason().stream())
                .max(Comparator.comparing(Reason::cause))
                .orElse(null);
    }

    // --- types of PEs ---

    private List<PeType> types(List<LayerPlacement> layers) {
        Map<String, Set<String>> ids = new TreeMap<>();
        Map<String, Long> nanos = new HashMap<>();
        pes.forEach(
                pe -> ids.computeIfAbsent(pe.type(), type -> new TreeSet<>()).add(pe.id()));
        for (TaskUse use : useOf.values()) {
            for (KernelUse kernel : use.kernels()) {
                if (kernel.runs() > 0) {
                    ids.computeIfAbsent(kernel.peType(), type -> new TreeSet<>())
                            .add(kernel.peId());
                    nanos.merge(kernel.peType(), kernel.busyNanos(), Long::sum);
                }
            }
        }
        Map<String, Integer> counts = new HashMap<>();
        PlacementReport.allLayers(layers)
                .forEach(layer -> layer.ranOn().ifPresent(type -> counts.merge(type, 1, Integer::sum)));
        List<PeType> types = new ArrayList<>();
        ids.forEach((type, peIds) -> {
            Map<String, String> out = new TreeMap<>(quarantined);
            out.keySet().retainAll(peIds);
            types.add(new PeType(
                    type,
                    List.copyOf(peIds),
                    out,
                    counts.getOrDefault(type, 0),
                    totalNanos == 0 ? 0 : (double) nanos.getOrDefault(type, 0L) / totalNanos));
        });
        return types;
    }
}
