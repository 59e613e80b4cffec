// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.HostType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Value;
import org.saguaro.model.api.ValueType;
import org.saguaro.runtime.core.cost.KernelSignature;
import org.saguaro.runtime.core.cost.ProfiledCostModel;
import org.saguaro.runtime.core.cost.Roofline;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.simulation.KernelProfile;
import org.saguaro.runtime.core.simulation.TaskProfile;

/**
 * Tells what a request runs through, for the simulator: the plan's tasks, and those of the graphs nested in it as often as they usually
 * run. A loop is unrolled with the mean number of its iterations so far, rounded; of a branch, and of a layer that is planned as it is
 * called, the graph that ran most often is taken. What the core does is a task that no PE runs and that takes what the core was seen to
 * take; a nested graph begins after one of those and ends with one. Tensors are followed to the task that made them, through nested
 * graphs too; of sizes that the graph does not know, what the cost model's prior assumes. Used by one thread, once.
 */
public final class PlanProfile {

    /** More tasks than that are no request any more. */
    private static final int MOST_TASKS = 1_000_000;

    /** Values without one were brought by the request. */
    private static final int REQUEST = -1;

    /** Weights, states, constants: nobody brings them. */
    private static final int NOBODY = -2;

    private final String name;
    private final Map<String, List<KernelProfile.Cost>> measured;
    private final Map<String, Integer> kernelPositions = new HashMap<>();
    private final List<KernelProfile> kernels = new ArrayList<>();
    private final List<Draft> drafts = new ArrayList<>();

    /** A task in the making. */
    private static final class Draft {
        final String label;
        final int kernel;
        final long delayNanos;
        final Map<Integer, Long> inputs = new LinkedHashMap<>();
        long requestBytes;
        long resultBytes;

        Draft(String label, int kernel, long delayNanos) {
            this.label = label;
            this.kernel = kernel;
            this.delayNanos = delayNanos;
        }

        void reads(int task, long bytes) {
            inputs.merge(task, bytes, Long::sum);
        }

        TaskProfile profile() {
            List<TaskProfile.Input> list = new ArrayList<>();
            inputs.forEach((task, bytes) -> list.add(new TaskProfile.Input(task, bytes)));
            return new TaskProfile(label, kernel, list, requestBytes, resultBytes, delayNanos);
        }
    }

    private PlanProfile(String name, Map<String, List<KernelProfile.Cost>> measured) {
        this.name = name;
        this.measured = measured;
    }

    /**
     * The profile of a plan that nobody closes meanwhile.
     *
     * @throws IllegalStateException if it cannot be told, because of a layer that is planned when a request comes and none has come; says
     *     which and what to do
     */
    public static ApplicationProfile of(String name, Plan plan, ProfiledCostModel costs) {
        PlanProfile profile = new PlanProfile(name, costs.measuredByKernel());
        LayerGraph graph = plan.graph().graph();
        Map<Integer, Integer> makers = new HashMap<>();
        graph.inputs().forEach(input -> makers.put(input, REQUEST));
        profile.add(plan, makers, List.of());
        Set<Integer> results = new LinkedHashSet<>();
        graph.outputs().forEach(output -> Layer.forEachRef(output, results::add));
        for (int result : results) {
            int maker = makers.getOrDefault(result, NOBODY);
            if (maker >= 0) {
                profile.drafts.get(maker).resultBytes += bytes(graph, result);
            }
        }
        if (profile.drafts.isEmpty()) {
            throw new IllegalStateException(name + " cannot be simulated, because it has no tasks");
        }
        return new ApplicationProfile(
                name,
                inputBits(graph),
                profile.kernels,
                profile.drafts.stream().map(Draft::profile).toList());
    }

    private static long inputBits(LayerGraph graph) {
        long bits = 0;
        for (int input : graph.inputs()) {
            if (graph.value(input).type() instanceof TensorSpec spec
                    && spec.shape().isStatic()) {
                bits += spec.sizeBytes() * Byte.SIZE;
            } else if (!(graph.value(input).type() instanceof HostType)) {
                return 0;
            }
        }
        return bits;
    }

    private static long bytes(LayerGraph graph, int value) {
        return (long) Roofline.bytes(graph.value(value).type());
    }

    /**
     * Adds the tasks of a plan.
     *
     * @param makers by value, those of the inputs at first, of all values then
     * @param after tasks that end before any of these begins
     * @return the last ones: when they have ended, all have
     */
    private List<Integer> add(Plan plan, Map<Integer, Integer> makers, List<Integer> after) {
        List<Integer> ends = new ArrayList<>();
        Set<Integer> last = new LinkedHashSet<>();
        for (PlanTask task : plan.tasks()) {
            List<Integer> before = new ArrayList<>();
            task.definition().predecessors().forEach(predecessor -> before.add(ends.get(predecessor)));
            if (before.isEmpty()) {
                before.addAll(after);
            }
            int end = task.isCore() ? addCore(plan, task, makers, before) : addKernel(plan, task, makers, before);
            ends.add(end);
            if (task.definition().successors().isEmpty()) {
                last.add(end);
            }
        }
        return last.isEmpty() ? after : List.copyOf(last);
    }

    private int addKernel(Plan plan, PlanTask task, Map<Integer, Integer> makers, List<Integer> before) {
        Draft draft = new Draft(task.label(), kernel(task), 0);
        LayerGraph graph = plan.graph().graph();
        for (int input : new LinkedHashSet<>(task.definition().segment().inputs())) {
            int maker = makers.getOrDefault(input, NOBODY);
            if (maker == REQUEST) {
                draft.requestBytes += bytes(graph, input);
            } else if (maker != NOBODY) {
                draft.reads(maker, bytes(graph, input));
            }
        }
        before.forEach(end -> draft.reads(end, 0));
        int position = add(draft);
        task.outputValues().forEach(value -> makers.put(value, position));
        return position;
    }

    private int kernel(PlanTask task) {
        String name = KernelSignature.in(task.plan().precision(), task.signature());
        return kernelPositions.computeIfAbsent(name, signature -> {
            kernels.add(new KernelProfile(
                    signature, task.roofline().operations(), task.roofline().bytes(), task.measured(measured)));
            return kernels.size() - 1;
        });
    }

    private int add(Draft draft) {
        if (drafts.size() == MOST_TASKS) {
            throw new IllegalStateException(name + " cannot be simulated, because its loops unroll to more than "
                    + MOST_TASKS + " tasks per request; the last one was " + draft.label);
        }
        drafts.add(draft);
        return drafts.size() - 1;
    }

    /** A step of the core, after others. What it reads moves no bytes worth counting. */
    private int addStep(PlanTask task, List<Integer> before) {
        Draft draft = new Draft(task.label(), TaskProfile.NO_KERNEL, task.coreNanos());
        before.forEach(end -> draft.reads(end, 0));
        return add(draft);
    }

    private int addCore(Plan plan, PlanTask task, Map<Integer, Integer> makers, List<Integer> before) {
        int begin = addStep(task, before);
        CoreTask core = task.core();
        if (core instanceof LoopTask loop) {
            return addLoop(task, loop, makers, begin);
        }
        if (core == null || core instanceof HostTask) {
            task.outputValues().forEach(value -> makers.put(value, begin));
            return begin;
        }
        Plan nested = mostUsed(task);
        LayerGraph graph = plan.graph().graph();
        Layer layer = task.definition().segment().layers().get(0);
        Map<Integer, Integer> inside = new HashMap<>();
        List<Argument> operands = core instanceof BranchTask ? Operands.list(layer, "operands") : tensors(graph, layer);
        List<Integer> inputs = nested.graph().graph().inputs();
        for (int i = 0; i < inputs.size(); i++) {
            // Of tensors in lists only the core knows who made them.
            inside.put(inputs.get(i), inputs.size() == operands.size() ? maker(operands.get(i), makers) : begin);
        }
        int end = addStep(task, add(nested, inside, List.of(begin)));
        handOut(nested, 0, inside, layer.outputs(), makers, end);
        return end;
    }

    private int addLoop(PlanTask task, LoopTask loop, Map<Integer, Integer> makers, int begin) {
        Layer layer = task.definition().segment().layers().get(0);
        List<Argument> carried = Operands.list(layer, "carried");
        List<Argument> captured = Operands.list(layer, "captured");
        Plan body = loop.body();
        List<Integer> inputs = body.graph().graph().inputs();
        List<Argument> made = body.graph().graph().outputs();
        List<Integer> state = new ArrayList<>();
        carried.forEach(argument -> state.add(maker(argument, makers)));
        long runs = task.runsOfCore();
        long trips = runs == 0 ? 1 : Math.round((double) body.runs() / runs);
        int step = begin;
        for (long trip = 0; trip < trips; trip++) {
            Map<Integer, Integer> inside = new HashMap<>();
            inside.put(inputs.get(0), step);
            for (int i = 0; i < state.size(); i++) {
                inside.put(inputs.get(1 + i), state.get(i));
            }
            for (int i = 0; i < captured.size(); i++) {
                inside.put(inputs.get(1 + state.size() + i), maker(captured.get(i), makers));
            }
            step = addStep(task, add(body, inside, List.of(step)));
            for (int i = 0; i < state.size(); i++) {
                state.set(i, maker(made.get(1 + i), inside));
            }
        }
        for (int i = 0; i < state.size(); i++) {
            if (layer.outputs().get(i) != Value.NONE) {
                makers.put(layer.outputs().get(i), state.get(i));
            }
        }
        return step;
    }

    /** The nested graph that requests usually run through. */
    private Plan mostUsed(PlanTask task) {
        return task.nested().stream()
                .max(Comparator.comparingLong(Plan::runs))
                .orElseThrow(() -> new IllegalStateException(name + " cannot be simulated yet, because " + task.label()
                        + " is only planned when a request runs it, and none has: send one first"));
    }

    private static List<Argument> tensors(LayerGraph graph, Layer layer) {
        List<Argument> refs = new ArrayList<>();
        layer.arguments()
                .forEach(argument -> Layer.forEachRef(argument.value(), value -> {
                    ValueType type = graph.value(value).type();
                    if (graph.weight(value) == null && !(type instanceof HostType)) {
                        refs.add(new Argument.Ref(value));
                    }
                }));
        return refs;
    }

    private static int maker(@Nullable Argument argument, Map<Integer, Integer> makers) {
        return argument instanceof Argument.Ref ref ? makers.getOrDefault(ref.value(), NOBODY) : NOBODY;
    }

    private static void handOut(
            Plan nested,
            int from,
            Map<Integer, Integer> inside,
            List<Integer> targets,
            Map<Integer, Integer> makers,
            int end) {
        List<Argument> outputs = nested.graph().graph().outputs();
        Set<Integer> given = new HashSet<>();
        for (int i = 0; i < targets.size(); i++) {
            int target = targets.get(i);
            if (target != Value.NONE && given.add(target)) {
                boolean oneToOne = targets.size() + from == outputs.size();
                makers.put(target, oneToOne ? maker(outputs.get(from + i), inside) : end);
            }
        }
    }
}
