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
import org.saguaro.runtime.core.lowering.LoweredGraph.Removal;
import org.saguaro.runtime.core.lowering.Structure;

/** Makes the placement report: what every layer of the model became, who can run it, who did, and why not others. */
final class Placements {

    private final List<PeHandle> pes;
    private final SupportTable table;
    private final Map<String, String> quarantined = new TreeMap<>();
    private final List<PlannedLayers> variants;
    private final long totalNanos;
    private final boolean anythingRan;

    private Placements(List<PeHandle> pes, List<Variant> variants) {
        this.pes = pes;
        table = SupportTable.ask(pes);
        pes.forEach(pe -> pe.quarantineReason().ifPresent(reason -> quarantined.put(pe.id(), reason)));
        this.variants = variants.stream()
                .map(variant -> new PlannedLayers(variant, pes))
                .toList();
        totalNanos = uses().mapToLong(TaskUse::busyNanos).sum();
        anythingRan = uses().anyMatch(use -> use.runs() > 0);
    }

    private Stream<TaskUse> uses() {
        return variants.stream().flatMap(variant -> variant.uses().stream());
    }

    /**
     * The report.
     *
     * @param variants in which the model runs; the first is the one that is told of, what ran on the others is counted too
     */
    static PlacementReport report(String name, LayerGraph model, List<Variant> variants, List<PeHandle> pes) {
        Placements placements = new Placements(pes, variants);
        List<@Nullable Plan> plans = new ArrayList<>();
        variants.forEach(variant -> plans.add(variant.plan()));
        List<LayerPlacement> layers = placements.layers(model, plans);
        List<PeType> types = placements.types(layers);
        return new PlacementReport(
                name,
                PlacementSummary.of(types, layers),
                variants.get(0).plan().tasks().size(),
                types,
                layers);
    }

    // --- layers ---

    /**
     * The layers of a graph.
     *
     * @param plans of this graph in each variant; null where it has none of its own
     */
    private List<LayerPlacement> layers(LayerGraph model, List<@Nullable Plan> plans) {
        List<LayerPlacement> layers = new ArrayList<>();
        for (Layer layer : model.layers()) {
            List<PlannedLayers.Place> places = new ArrayList<>();
            for (int i = 0; i < variants.size(); i++) {
                PlannedLayers.Place place = variants.get(i).find(layer.name(), plans.get(i));
                if (place != null) {
                    places.add(place);
                }
            }
            Removal removal = variants.get(0).removal(layer.name());
            boolean shown = !places.isEmpty() && variants.get(0).find(layer.name(), plans.get(0)) != null;
            if (shown && !places.get(0).uses().isEmpty()) {
                layers.add(inTask(model, layer, removal, places));
            } else {
                int task = shown && removal == null
                        ? places.get(0).task().definition().index()
                        : -1;
                layers.add(withoutTask(model, layer, removal, task, bodies(layer, plans)));
            }
        }
        return layers;
    }

    private List<Body> bodies(Layer layer, List<@Nullable Plan> plans) {
        List<Body> bodies = new ArrayList<>();
        for (NamedArgument argument : layer.arguments()) {
            if (argument.value() instanceof Argument.Graph nested) {
                List<@Nullable Plan> nestedPlans = new ArrayList<>();
                long runs = 0;
                for (int i = 0; i < variants.size(); i++) {
                    Plan plan = variants.get(i).nested(layer.name(), bodies.size(), plans.get(i));
                    nestedPlans.add(plan);
                    runs += plan == null ? 0 : plan.runs();
                }
                bodies.add(new Body(argument.name(), runs, layers(nested.graph(), nestedPlans)));
            }
        }
        return bodies;
    }

    /**
     * A layer that tasks of PEs run.
     *
     * @param places where it is in each variant that has it, the one shown first
     */
    private LayerPlacement inTask(
            LayerGraph model, Layer layer, @Nullable Removal removal, List<PlannedLayers.Place> places) {
        PlannedLayers.Place place = places.get(0);
        // A layer that is instantiated when it runs has several; the last one stands for all.
        TaskUse use = place.uses().get(place.uses().size() - 1);
        LayerGraph graph = use.task().definition().segment();
        Layer asked = place.layerIn(use);
        LayerUse all = new LayerUse(places, removal == null);
        Set<String> wholeTask = table.supporters(graph);
        Map<String, Support> answers = table.answers(graph, asked);
        List<Candidate> candidates = new ArrayList<>();
        Set<String> types = new TreeSet<>(answers.keySet());
        types.addAll(all.types());
        for (String type : types) {
            Support support = answers.get(type);
            if (isAnotherService(type, support) && !all.types().contains(type)) {
                continue;
            }
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
                    all.runsByPe(type),
                    all.busyNanos(type),
                    Optional.ofNullable(reason),
                    use.precision(type),
                    use.error(type)));
        }
        long busyNanos = candidates.stream().mapToLong(Candidate::busyNanos).sum();
        Reason reason = whyNotOnAnAccelerator(candidates);
        if (reason == null && anythingRan && all.types().isEmpty()) {
            reason = new Reason(Cause.NOT_RUN, "");
        }
        return new LayerPlacement(
                layer.name(),
                layer.label(),
                layer.op().toString(),
                types(model, layer, removal == null ? graph : model, removal == null ? asked : layer),
                place.task().definition().index(),
                removal == null ? "" : removal.reason(),
                candidates,
                busyNanos,
                graph.layers().size() > 1,
                totalNanos == 0 ? 0 : (double) busyNanos / totalNanos,
                Optional.ofNullable(reason),
                List.of());
    }

    private static boolean isAnotherService(String type, @Nullable Support support) {
        return type.startsWith(PlacementReport.SERVICE_PREFIX) && (support == null || !support.isSupported());
    }

    /** A layer that no PE has a task for: it was removed, it is the core's own work, or nothing has planned it yet. */
    private LayerPlacement withoutTask(
            LayerGraph model, Layer layer, @Nullable Removal removal, int task, List<Body> bodies) {
        List<Candidate> candidates = new ArrayList<>();
        Reason reason;
        if (removal != null) {
            reason = new Reason(Cause.REMOVED, removal.reason().replaceFirst("^removed: ", ""));
        } else if (ControlOps.isControl(layer)) {
            reason = new Reason(Cause.HOST, "the core drives control flow; the layers inside run like any others");
        } else if (HostOp.isHost(layer)) {
            reason = new Reason(Cause.HOST, "the core computes what is no tensor");
        } else if (Structure.isStructural(model, layer)) {
            reason = new Reason(Cause.UNKNOWN_SHAPE, "its arguments are known when it runs");
        } else {
            table.answers(model, layer).forEach((type, support) -> {
                if (!isAnotherService(type, support)) {
                    candidates.add(new Candidate(
                            type,
                            support.isSupported(),
                            0,
                            false,
                            Map.of(),
                            0,
                            support instanceof Support.Unsupported no
                                    ? Optional.of(unsupported(model, layer, no))
                                    : Optional.empty()));
                }
            });
            candidates.sort(Comparator.comparing(Candidate::peType));
            reason = anythingRan ? new Reason(Cause.NOT_RUN, "") : whyNotOnAnAccelerator(candidates);
        }
        return new LayerPlacement(
                layer.name(),
                layer.label(),
                layer.op().toString(),
                types(model, layer, model, layer),
                task,
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
        if (!ofType.isEmpty() && ofType.stream().noneMatch(PeHandle::isActive)) {
            String parked = ofType.stream()
                    .flatMap(pe -> pe.parkedReason().stream())
                    .findFirst()
                    .orElse("");
            return new Reason(Cause.PARKED, parked);
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
        for (TaskUse use : uses().toList()) {
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
            if (type.startsWith(PlacementReport.SERVICE_PREFIX) && !counts.containsKey(type)) {
                return;
            }
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
