// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.saguaro.accel.api.Support;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.runtime.core.PlacementReport;
import org.saguaro.runtime.core.PlacementReport.LayerPlacement;
import org.saguaro.runtime.core.dispatch.PeHandle;
import org.saguaro.runtime.core.dispatch.Plan;
import org.saguaro.runtime.core.dispatch.PlanTask;
import org.saguaro.runtime.core.lowering.LoweredGraph;
import org.saguaro.runtime.core.lowering.LoweredGraph.Removal;

/** Makes the placement report: what every layer of the model became, who can run it, and who did. */
final class Placements {

    private Placements() {}

    static PlacementReport report(String name, LayerGraph model, LoweredGraph lowered, Plan plan, List<PeHandle> pes) {
        Map<String, PlanTask> taskOf = new HashMap<>();
        Map<String, Layer> loweredLayers = new HashMap<>();
        for (PlanTask task : plan.tasks()) {
            for (Layer layer : task.definition().segment().layers()) {
                taskOf.put(layer.name(), task);
                loweredLayers.put(layer.name(), layer);
            }
        }
        double totalNanos =
                Math.max(1, plan.tasks().stream().mapToLong(PlanTask::busyNanos).sum());
        SupportTable table = SupportTable.ask(pes);
        List<Set<String>> typesOf = plan.tasks().stream()
                .map(task -> table.supporters(task.definition().segment()))
                .toList();
        List<LayerPlacement> layers = new ArrayList<>();
        for (Layer layer : model.layers()) {
            Removal removal = lowered.removed().get(layer.name());
            String survivor = lowered.survivorOf(layer.name());
            PlanTask task = taskOf.get(survivor);
            Layer asked = loweredLayers.getOrDefault(survivor, layer);
            List<String> supportedBy = new ArrayList<>();
            Map<String, String> causes = new TreeMap<>();
            if (task != null) {
                Map<String, Support> answers = table.answers(lowered.graph(), asked);
                answers.forEach((type, support) -> {
                    if (support instanceof Support.Unsupported no) {
                        causes.put(type, no.cause().name().toLowerCase(Locale.ROOT) + ": " + no.detail());
                    } else {
                        supportedBy.add(type);
                        if (!typesOf.get(task.definition().index()).contains(type)) {
                            causes.put(type, "goes with " + task.label() + ", which it cannot run as a whole");
                        }
                    }
                });
                task.refusals().forEach((type, reason) -> causes.put(type, "not prepared: " + reason));
                quarantined(pes).forEach(causes::putIfAbsent);
            }
            layers.add(new LayerPlacement(
                    layer.label(),
                    layer.op().toString(),
                    task == null ? -1 : task.definition().index(),
                    removal == null ? "" : removal.reason(),
                    supportedBy,
                    causes,
                    task == null ? Map.of() : task.runsByPe(),
                    task == null ? 0 : task.busyNanos() / totalNanos));
        }
        return new PlacementReport(name, summary(model, layers, plan, typesOf), layers);
    }

    private static Map<String, String> quarantined(List<PeHandle> pes) {
        Map<String, String> reasons = new TreeMap<>();
        pes.forEach(pe -> pe.quarantineReason()
                .ifPresent(reason -> reasons.put(pe.descriptor().type(), "quarantined: " + reason)));
        return reasons;
    }

    /** For instance: {@code 53 layers in 12 tasks: 41 can run on cpu or zynq, 8 on cpu only; 4 folded away}. */
    private static String summary(LayerGraph model, List<LayerPlacement> layers, Plan plan, List<Set<String>> typesOf) {
        Map<Set<String>, Long> byTypes = new HashMap<>();
        long gone = 0;
        for (LayerPlacement layer : layers) {
            if (layer.task() < 0 || !layer.lowered().isEmpty()) {
                gone++;
            } else {
                byTypes.merge(typesOf.get(layer.task()), 1L, Long::sum);
            }
        }
        String choices = byTypes.entrySet().stream()
                .sorted((a, b) -> Long.compare(b.getValue(), a.getValue()))
                .map(e -> e.getValue() + " can run on "
                        + e.getKey().stream().sorted().collect(Collectors.joining(" or ")))
                .collect(Collectors.joining(", "));
        int tasks = plan.tasks().size();
        return model.layers().size() + " layers in " + tasks + (tasks == 1 ? " task" : " tasks")
                + (choices.isEmpty() ? "" : ": " + choices)
                + (gone == 0 ? "" : "; " + gone + " folded or removed");
    }
}
