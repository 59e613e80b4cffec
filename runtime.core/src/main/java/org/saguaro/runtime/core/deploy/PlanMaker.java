// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.Precision;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.runtime.core.DeployOptions.Granularity;
import org.saguaro.runtime.core.DeploymentException;
import org.saguaro.runtime.core.cost.ProfiledCostModel;
import org.saguaro.runtime.core.dispatch.Dispatcher;
import org.saguaro.runtime.core.dispatch.PeHandle;
import org.saguaro.runtime.core.dispatch.Plan;
import org.saguaro.runtime.core.dispatch.PlanTask;
import org.saguaro.runtime.core.dispatch.Rehearsal;
import org.saguaro.runtime.core.lowering.Structure;
import org.saguaro.runtime.core.lowering.TaskGraph;
import org.saguaro.runtime.core.lowering.TaskGraph.Kind;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes plans for one deployment and prepares them on the PEs present. Thread-safe. */
final class PlanMaker {

    private static final Logger LOG = LoggerFactory.getLogger(PlanMaker.class);
    private static final int IDLE_RUNS_PER_PE = 2;

    private final String name;
    private final Dispatcher dispatcher;
    private final ProfiledCostModel costs;
    private final Set<Plan> open = ConcurrentHashMap.newKeySet();
    private final int idleRunsPerPe;
    private final Precision precision;
    private final Calibration calibration;

    /** Who can show kernels what their inputs look like. */
    interface Calibration {
        /** Nobody: kernels find out for themselves. */
        Calibration NONE = new Calibration() {
            @Override
            public boolean isPossible(LayerGraph graph) {
                return false;
            }

            @Override
            public @Nullable Rehearsal rehearse(Plan plan) {
                return null;
            }
        };

        /** Whether there are samples for a plan of this graph. */
        boolean isPossible(LayerGraph graph);

        /** Runs samples through a plan that is prepared; null if that fails. */
        @Nullable
        Rehearsal rehearse(Plan plan);
    }

    PlanMaker(
            String name, Dispatcher dispatcher, ProfiledCostModel costs, Precision precision, Calibration calibration) {
        this(name, dispatcher, costs, precision, calibration, IDLE_RUNS_PER_PE);
    }

    /**
     * @param precision of the kernels, at least
     * @param calibration shows kernels that want it what their inputs look like, before requests come to them
     * @param idleRunsPerPe finished runs kept for the next requests
     */
    PlanMaker(
            String name,
            Dispatcher dispatcher,
            ProfiledCostModel costs,
            Precision precision,
            Calibration calibration,
            int idleRunsPerPe) {
        this.calibration = calibration;
        this.precision = precision;
        this.name = name;
        this.dispatcher = dispatcher;
        this.costs = costs;
        this.idleRunsPerPe = idleRunsPerPe;
    }

    /**
     * A plan of a graph for the PEs present, without kernels yet.
     *
     * @param observed whether requests write down what their tensors are
     * @throws DeploymentException if no PE supports some layer, be it in a nested graph
     */
    Plan plan(LayerGraph graph, Granularity granularity, boolean observed) throws DeploymentException {
        List<PeHandle> pes = dispatcher.pes();
        Plan plan = new Planning(granularity, observed, pes, SupportTable.ask(pes)).nested(graph);
        open.add(plan);
        return plan;
    }

    /** What kernels cost. */
    ProfiledCostModel costs() {
        return costs;
    }

    /** The plans made that may still be used. */
    List<Plan> open() {
        open.removeIf(Plan::isFinished);
        return List.copyOf(open);
    }

    /** One act of planning: the same PEs for the graph and all graphs in it. */
    private final class Planning implements Plan.Planner {
        private final Granularity granularity;
        private final boolean observed;
        private final List<PeHandle> pes;
        private final SupportTable table;

        Planning(Granularity granularity, boolean observed, List<PeHandle> pes, SupportTable table) {
            this.granularity = granularity;
            this.observed = observed;
            this.pes = pes;
            this.table = table;
        }

        @Override
        public Plan nested(LayerGraph graph) throws DeploymentException {
            requireSupport(graph);
            TaskGraph tasks = TaskGraph.cut(graph, granularity, layer -> table.supporters(graph, layer), table::family);
            return new Plan(name, graph, tasks, costs, idleRunsPerPe * Math.max(1, pes.size()), observed, this);
        }

        @Override
        public Precision precision() {
            return precision;
        }

        @Override
        public Plan instantiated(LayerGraph graph) throws DeploymentException {
            Plan plan = plan(graph, Granularity.SEGMENT, false);
            // Nobody comes back to it, and its request may be under way when the shape changes.
            prepare(plan, pe -> true, false);
            return plan;
        }

        private void requireSupport(LayerGraph graph) throws DeploymentException {
            List<String> missing = new ArrayList<>();
            for (Layer layer : graph.layers()) {
                if (Structure.kind(graph, layer) == Kind.PE
                        && table.supporters(graph, layer).isEmpty()) {
                    missing.add(layer.op() + " (" + layer.label() + ")");
                }
            }
            List<String> distinct = missing.stream().distinct().toList();
            if (!distinct.isEmpty()) {
                throw new DeploymentException(name + ": no installed processing element supports "
                        + String.join(", ", distinct.subList(0, Math.min(5, distinct.size())))
                        + (distinct.size() > 5 ? " and " + (distinct.size() - 5) + " more" : "")
                        + "; present: "
                        + (pes.isEmpty()
                                ? "none"
                                : pes.stream().map(PeHandle::id).collect(Collectors.joining(", ")))
                        + ". Install an accelerator bundle that does.");
            }
        }
    }

    /**
     * Prepares each task of a plan, and of the plans of nested graphs, wherever it is supported, but for PEs that wait for their shape's
     * turn: {@link #complete} does those. A task that nobody else can prepare is prepared there too. Slow.
     *
     * @throws DeploymentException if a task has no PE at all
     */
    void prepare(Plan plan) throws DeploymentException {
        prepare(plan, pe -> !pe.isAnotherShapesTurn(), true);
    }

    /**
     * Prepares each task of a plan, and of the plans of nested graphs, wherever it is supported, whichever shape is at work: for plans that
     * nobody completes later. Slow.
     *
     * @throws DeploymentException if a task has no PE at all
     */
    void prepareEverywhere(Plan plan) throws DeploymentException {
        prepare(plan, pe -> true, true);
    }

    /** Prepares a plan on the PEs that {@link #prepare} left out. Slow; what fails is logged, and tried again when PEs come. */
    void complete(Plan plan) {
        try {
            prepareEverywhere(plan);
        } catch (DeploymentException e) {
            LOG.warn("{} has not all of its kernels: {}", name, e.getMessage());
        }
    }

    private void prepare(Plan plan, Predicate<PeHandle> first, boolean mayCalibrate) throws DeploymentException {
        List<PeHandle> pes = dispatcher.pes();
        SupportTable table = SupportTable.ask(pes);
        boolean calibrates = mayCalibrate && calibration.isPossible(plan.graph().graph());
        prepare(plan, pes, first, table, calibrates);
        if (plan.isUncalibrated()) {
            plan.calibrate(calibration.rehearse(plan));
        }
        plan.updateRanks();
        dispatcher.enter();
    }

    private void prepare(
            Plan plan, List<PeHandle> pes, Predicate<PeHandle> first, SupportTable table, boolean calibrates)
            throws DeploymentException {
        for (PlanTask task : plan.tasks()) {
            if (task.isCore()) {
                for (Plan nested : task.nested()) {
                    prepare(nested, pes, first, table, calibrates);
                }
            } else {
                prepare(task, pes, first, table.supporters(task.definition().segment()), calibrates);
            }
        }
    }

    private void prepare(
            PlanTask task, List<PeHandle> pes, Predicate<PeHandle> first, Set<String> types, boolean calibrates)
            throws DeploymentException {
        String failures = prepare(task, pes.stream().filter(first).toList(), types, calibrates);
        if (!task.isPreparedOn(first)) {
            failures += prepare(task, pes.stream().filter(first.negate()).toList(), types, calibrates);
        }
        if (!task.hasKernel()) {
            // Nobody else could run the samples that they wait for.
            task.calibrate(null);
        }
        if (!task.hasKernel()) {
            throw new DeploymentException(name + ": no processing element could prepare " + task.label()
                    + (failures.isEmpty() ? "" : ": " + failures));
        }
    }

    /** Returns what went wrong, for people. */
    private String prepare(PlanTask task, List<PeHandle> pes, Set<String> types, boolean calibrates) {
        String failures = "";
        for (PeHandle pe : pes) {
            if (!types.contains(pe.descriptor().type())) {
                continue;
            }
            try {
                dispatcher.prepare(task, pe, calibrates);
            } catch (AccelException e) {
                failures += (failures.isEmpty() ? "" : "; ") + e.getMessage();
                LOG.warn("{}: {} is not prepared on {}: {}", name, task.label(), pe.id(), e.getMessage());
            }
        }
        return failures;
    }
}
