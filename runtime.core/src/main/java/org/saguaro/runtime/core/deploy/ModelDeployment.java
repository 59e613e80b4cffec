// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.model.api.Dim;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.DeploymentException;
import org.saguaro.runtime.core.DeploymentStatistics;
import org.saguaro.runtime.core.InferenceResult;
import org.saguaro.runtime.core.PlacementReport;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.RequestException.Category;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.cost.ProfiledCostModel;
import org.saguaro.runtime.core.dispatch.Dispatcher;
import org.saguaro.runtime.core.dispatch.PeHandle;
import org.saguaro.runtime.core.dispatch.Plan;
import org.saguaro.runtime.core.dispatch.PlanTask;
import org.saguaro.runtime.core.dispatch.Request;
import org.saguaro.runtime.core.lowering.LoweredGraph;
import org.saguaro.runtime.core.lowering.Lowering;
import org.saguaro.runtime.core.lowering.TaskGraph;
import org.saguaro.runtime.core.lowering.Types;
import org.saguaro.runtime.core.monitor.RequestCounters;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A deployed model: its current plan, its requests in flight, its counters. Thread-safe. */
final class ModelDeployment implements Deployment, Request.Owner {

    private static final Logger LOG = LoggerFactory.getLogger(ModelDeployment.class);
    private static final int IDLE_RUNS_PER_PE = 2;

    private final DeployOptions options;
    private final LayerGraph model;
    private final Dispatcher dispatcher;
    private final ProfiledCostModel costs;
    private final AtomicLong nextRequest;
    private final Consumer<ModelDeployment> onClosed;
    private final int bound;
    private final Semaphore room;
    private final RequestCounters counters = new RequestCounters();
    private final Set<Request> inFlight = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final long madeNanos = System.nanoTime();

    /** One thread at a time makes or changes plans. */
    private final Object planning = new Object();

    private volatile @Nullable Deployed deployed;

    /** What requests use now. */
    private record Deployed(LoweredGraph lowered, Plan plan) {}

    ModelDeployment(
            DeployOptions options,
            LayerGraph model,
            Dispatcher dispatcher,
            ProfiledCostModel costs,
            AtomicLong nextRequest,
            int requestsInFlight,
            Consumer<ModelDeployment> onClosed) {
        this.options = options;
        this.model = model;
        this.dispatcher = dispatcher;
        this.costs = costs;
        this.nextRequest = nextRequest;
        this.bound = requestsInFlight;
        this.room = new Semaphore(requestsInFlight);
        this.onClosed = onClosed;
    }

    // --- plans ---

    /** Makes the first plan. */
    void prepare() throws DeploymentException {
        synchronized (planning) {
            List<PeHandle> pes = dispatcher.pes();
            SupportTable table = SupportTable.ask(pes);
            LoweredGraph lowered = Lowering.lower(
                    model, (graph, layer) -> !table.supporters(graph, layer).isEmpty());
            requirePureLayers(lowered.graph());
            requireSupport(lowered.graph(), table, pes);
            Plan plan = newPlan(cut(lowered, table), pes.size());
            try {
                prepareOnAll(plan, pes);
            } catch (DeploymentException e) {
                plan.retire();
                throw e;
            }
            deployed = new Deployed(lowered, plan);
        }
    }

    /** The PEs present have changed: prepares the plan on new ones, or makes another plan if the cut should be another. */
    void adapt() {
        synchronized (planning) {
            Deployed now = deployed;
            if (now == null || closed.get()) {
                return;
            }
            try {
                List<PeHandle> pes = dispatcher.pes();
                SupportTable table = SupportTable.ask(pes);
                LayerGraph graph = now.lowered().graph();
                boolean complete = graph.layers().stream()
                        .noneMatch(layer -> table.supporters(graph, layer).isEmpty());
                TaskGraph wanted =
                        complete ? cut(now.lowered(), table) : now.plan().graph();
                if (sameCut(wanted, now.plan().graph())) {
                    prepareOnAll(now.plan(), pes);
                } else {
                    Plan next = newPlan(wanted, pes.size());
                    try {
                        prepareOnAll(next, pes);
                    } catch (DeploymentException e) {
                        next.retire();
                        throw e;
                    }
                    deployed = new Deployed(now.lowered(), next);
                    now.plan().retire();
                    LOG.info("{}: {}", options.name(), placement().summary());
                }
            } catch (DeploymentException e) {
                LOG.warn("{} stays as it is: {}", options.name(), e.getMessage());
            } catch (RuntimeException e) {
                LOG.error("{} could not be adapted to the PEs present", options.name(), e);
            }
        }
        dispatcher.enter();
    }

    private Plan newPlan(TaskGraph graph, int peCount) {
        return new Plan(options.name(), graph, costs, IDLE_RUNS_PER_PE * Math.max(1, peCount));
    }

    private TaskGraph cut(LoweredGraph lowered, SupportTable table) {
        return TaskGraph.cut(lowered.graph(), options.granularity(), layer -> table.supporters(lowered.graph(), layer));
    }

    private static boolean sameCut(TaskGraph a, TaskGraph b) {
        if (a.tasks().size() != b.tasks().size()) {
            return false;
        }
        for (int i = 0; i < a.tasks().size(); i++) {
            List<Layer> left = a.tasks().get(i).segment().layers();
            List<Layer> right = b.tasks().get(i).segment().layers();
            if (left.size() != right.size()
                    || !left.get(0).name().equals(right.get(0).name())) {
                return false;
            }
        }
        return true;
    }

    private void requirePureLayers(LayerGraph graph) throws DeploymentException {
        List<Layer> writers = Lowering.writersOfForeignMemory(graph);
        if (!writers.isEmpty()) {
            throw new DeploymentException(options.name() + ": " + writers.get(0).op() + " ("
                    + writers.get(0).label()
                    + ") writes an input or a weight of the model in place, which is not supported;"
                    + " work on a copy (x = x.clone()) or make the state an input and an output");
        }
    }

    private void requireSupport(LayerGraph graph, SupportTable table, List<PeHandle> pes) throws DeploymentException {
        List<String> missing = graph.layers().stream()
                .filter(layer -> table.supporters(graph, layer).isEmpty())
                .map(layer -> layer.op() + " (" + layer.label() + ")")
                .distinct()
                .toList();
        if (!missing.isEmpty()) {
            throw new DeploymentException(options.name() + ": no installed processing element supports "
                    + String.join(", ", missing.subList(0, Math.min(5, missing.size())))
                    + (missing.size() > 5 ? " and " + (missing.size() - 5) + " more" : "")
                    + "; present: "
                    + (pes.isEmpty() ? "none" : pes.stream().map(PeHandle::id).collect(Collectors.joining(", ")))
                    + ". Install an accelerator bundle that does.");
        }
    }

    /** Prepares each task wherever it is supported; every task needs at least one PE. */
    private void prepareOnAll(Plan plan, List<PeHandle> pes) throws DeploymentException {
        SupportTable table = SupportTable.ask(pes);
        for (PlanTask task : plan.tasks()) {
            String failures = "";
            Set<String> types = table.supporters(task.definition().segment());
            for (PeHandle pe : pes) {
                if (!types.contains(pe.descriptor().type())) {
                    continue;
                }
                try {
                    dispatcher.prepare(task, pe);
                } catch (AccelException e) {
                    failures += (failures.isEmpty() ? "" : "; ") + e.getMessage();
                    LOG.warn("{}: {} is not prepared on {}: {}", options.name(), task.label(), pe.id(), e.getMessage());
                }
            }
            if (!task.hasKernel()) {
                throw new DeploymentException(options.name() + ": no processing element could prepare " + task.label()
                        + (failures.isEmpty() ? "" : ": " + failures));
            }
        }
        plan.updateRanks();
        dispatcher.enter();
    }

    void updateRanks() {
        Deployed now = deployed;
        if (now != null) {
            now.plan().updateRanks();
        }
    }

    /** After a failed {@link #prepare}: nothing stays behind. */
    void discard() {
        closed.set(true);
    }

    boolean isReady() {
        return deployed != null && !closed.get();
    }

    long madeNanos() {
        return madeNanos;
    }

    // --- requests ---

    @Override
    public String name() {
        return options.name();
    }

    @Override
    public LayerGraph model() {
        return model;
    }

    @Override
    public Plan plan() {
        Deployed now = deployed;
        if (now == null) {
            throw new IllegalStateException(options.name() + " is not deployed yet");
        }
        return now.plan();
    }

    @Override
    public CompletableFuture<InferenceResult> submit(List<Tensor> inputs, RequestOptions requestOptions) {
        try {
            return send(inputs, requestOptions).future();
        } catch (RequestException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public InferenceResult infer(List<Tensor> inputs, RequestOptions requestOptions)
            throws RequestException, InterruptedException {
        try {
            return send(inputs, requestOptions).future().get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RequestException failure) {
                // Thrown anew, so that the stack shows who asked.
                throw new RequestException(failure.category(), String.valueOf(failure.getMessage()), failure);
            }
            throw new IllegalStateException("a request fails with a RequestException only", e);
        }
    }

    private Request send(List<Tensor> inputs, RequestOptions requestOptions) throws RequestException {
        check(inputs);
        if (!room.tryAcquire()) {
            counters.rejected();
            throw new RequestException(
                    Category.REJECTED,
                    options.name() + ": " + bound + " requests are in flight already; try again later");
        }
        Request request = new Request(nextRequest.getAndIncrement(), this, System.nanoTime());
        inFlight.add(request);
        counters.submitted();
        try {
            if (closed.get()) {
                throw new RequestException(Category.UNDEPLOYED, options.name() + " is being undeployed");
            }
            dispatcher.submit(request, inputs, requestOptions.timeout().toNanos());
            return request;
        } catch (RequestException | RuntimeException e) {
            if (leave(request)) {
                counters.failed();
            }
            throw e;
        }
    }

    @Override
    public void ended(Request request, long latencyNanos, @Nullable RequestException failure) {
        if (leave(request)) {
            if (failure == null) {
                counters.completed(latencyNanos);
            } else {
                counters.failed();
            }
        }
    }

    /** A request is in flight no more; false if it was not. Wakes whoever waits for the last one. */
    private boolean leave(Request request) {
        if (!inFlight.remove(request)) {
            return false;
        }
        room.release();
        synchronized (inFlight) {
            inFlight.notifyAll();
        }
        return true;
    }

    private void check(List<Tensor> inputs) throws RequestException {
        List<Integer> expected = model.inputs();
        if (inputs.size() != expected.size()) {
            throw invalid("found " + inputs.size() + " inputs, expected " + expected.size() + ": "
                    + expected.stream()
                            .map(id -> model.value(id).name() + " "
                                    + model.value(id).type())
                            .collect(Collectors.joining(", ")));
        }
        Map<String, Long> symbols = new HashMap<>();
        for (int i = 0; i < expected.size(); i++) {
            Tensor found = inputs.get(i);
            var value = model.value(expected.get(i));
            if (!(value.type() instanceof TensorSpec spec)) {
                if (found.rank() != 0 || found.dtype() != Types.bufferDtype(value.type())) {
                    throw invalid("input " + value.name() + ": found " + found + ", expected a "
                            + Types.bufferDtype(value.type()) + " tensor of rank 0");
                }
                continue;
            }
            long[] sizes = found.sizes();
            if (found.dtype() != spec.dtype() || !spec.shape().accepts(sizes)) {
                throw invalid("input " + value.name() + ": found " + found + ", expected " + spec + ranges(spec));
            }
            for (int d = 0; d < sizes.length; d++) {
                if (spec.shape().dims().get(d) instanceof Dim.Symbolic symbol) {
                    Long before = symbols.putIfAbsent(symbol.expression(), sizes[d]);
                    if (before != null && before != sizes[d]) {
                        throw invalid("input " + value.name() + ": found " + found + ", but " + symbol.expression()
                                + " is " + before + " in an earlier dimension");
                    }
                }
            }
        }
    }

    private static String ranges(TensorSpec spec) {
        String ranges = spec.shape().dims().stream()
                .filter(Dim.Symbolic.class::isInstance)
                .map(Dim.Symbolic.class::cast)
                .map(s -> s.expression() + " from " + s.min() + (s.max() == Long.MAX_VALUE ? "" : " to " + s.max()))
                .distinct()
                .collect(Collectors.joining(", "));
        return ranges.isEmpty() ? "" : " with " + ranges;
    }

    private RequestException invalid(String message) {
        return new RequestException(Category.INVALID_INPUT, options.name() + ": " + message);
    }

    // --- reports ---

    @Override
    public PlacementReport placement() {
        Deployed now = deployed;
        if (now == null) {
            throw new IllegalStateException(options.name() + " is not deployed yet");
        }
        return Placements.report(options.name(), model, now.lowered(), now.plan(), dispatcher.pes());
    }

    DeploymentStatistics statistics() {
        return counters.statistics(options.name());
    }

    // --- the end ---

    @Override
    public void close() {
        close(RequestOptions.DEFAULT.timeout());
    }

    /** Undeploys; requests in flight get that long. */
    void close(Duration patience) {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        boolean interrupted = awaitRequests(patience);
        for (Request request : new ArrayList<>(inFlight)) {
            dispatcher.fail(
                    request,
                    Category.UNDEPLOYED,
                    options.name() + " was undeployed while the request was in flight",
                    null);
        }
        dispatcher.enter();
        synchronized (planning) {
            plan().retire();
        }
        onClosed.accept(this);
        LOG.info("undeployed {}", options.name());
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean awaitRequests(Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        synchronized (inFlight) {
            while (!inFlight.isEmpty()) {
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (left <= 0) {
                    return false;
                }
                try {
                    inFlight.wait(left);
                } catch (InterruptedException e) {
                    return true;
                }
            }
        }
        return false;
    }
}
