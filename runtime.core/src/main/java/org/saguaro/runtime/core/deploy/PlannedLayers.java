// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.Layer;
import org.saguaro.runtime.core.dispatch.PeHandle;
import org.saguaro.runtime.core.dispatch.Plan;
import org.saguaro.runtime.core.dispatch.PlanTask;
import org.saguaro.runtime.core.lowering.LoweredGraph;
import org.saguaro.runtime.core.lowering.LoweredGraph.Removal;

/** Where the layers of a model are in the plans of one variant of it. A snapshot. Not thread-safe. */
final class PlannedLayers {

    /**
     * Where a layer is.
     *
     * @param name of the layer that does its work
     * @param task its task, or the task of the core that drives it
     * @param uses its tasks on PEs: one for most layers, one per instance for a layer that the core instantiates, none for what
     *     the core does itself
     */
    record Place(String name, PlanTask task, List<TaskUse> uses) {

        /** The layer as one of its tasks has it. */
        Layer layerIn(TaskUse use) {
            List<Layer> layers = use.task().definition().segment().layers();
            return layers.stream()
                    .filter(layer -> layer.name().equals(name))
                    .findFirst()
                    .orElse(layers.get(0));
        }
    }

    private final LoweredGraph lowered;
    private final List<PeHandle> pes;
    private final Map<Plan, Map<String, Place>> byPlan = new HashMap<>();
    /** Lowering may move layers out of nested graphs. */
    private final Map<String, Place> anywhere = new HashMap<>();

    private final List<TaskUse> uses = new ArrayList<>();

    PlannedLayers(Variant variant, List<PeHandle> pes) {
        this.lowered = variant.lowered();
        this.pes = pes;
        add(variant.plan());
    }

    private void add(Plan plan) {
        Map<String, Place> places = new HashMap<>();
        byPlan.put(plan, places);
        for (PlanTask task : plan.tasks()) {
            List<Layer> layers = task.definition().segment().layers();
            boolean instantiated = task.isCore() && layers.stream().allMatch(PlannedLayers::isForPes);
            List<TaskUse> usesOfTask = new ArrayList<>();
            if (!task.isCore()) {
                usesOfTask.add(new TaskUse(task, pes));
            } else if (instantiated) {
                task.nested()
                        .forEach(
                                instance -> instance.tasks().forEach(inner -> usesOfTask.add(new TaskUse(inner, pes))));
            } else {
                task.nested().forEach(this::add);
            }
            uses.addAll(usesOfTask);
            for (Layer layer : layers) {
                Place place = new Place(layer.name(), task, usesOfTask);
                places.put(layer.name(), place);
                anywhere.putIfAbsent(layer.name(), place);
            }
        }
    }

    private static boolean isForPes(Layer layer) {
        return !ControlOps.isControl(layer) && !HostOp.isHost(layer);
    }

    /** Every task on PEs. */
    List<TaskUse> uses() {
        return uses;
    }

    /** What became of a layer of the model; null if it still is what it was. */
    @Nullable
    Removal removal(String layerName) {
        return lowered.removed().get(layerName);
    }

    /**
     * Where a layer of the model is; null if it is nowhere.
     *
     * @param plan of the graph that the layer is in; null if that has none of its own
     */
    @Nullable
    Place find(String layerName, @Nullable Plan plan) {
        String name = lowered.survivorOf(layerName);
        Place here = plan == null ? null : byPlan.getOrDefault(plan, Map.of()).get(name);
        return here == null ? anywhere.get(name) : here;
    }

    /**
     * The plan of a graph inside a layer; null if it has none.
     *
     * @param index of the graph among those of the layer
     */
    @Nullable
    Plan nested(String layerName, int index, @Nullable Plan plan) {
        Place place = find(layerName, plan);
        List<Plan> nested = place == null ? List.of() : place.task().nested();
        return index < nested.size() ? nested.get(index) : null;
    }
}
