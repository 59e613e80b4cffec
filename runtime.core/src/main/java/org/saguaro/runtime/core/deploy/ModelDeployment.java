// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.Value;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.DeployOptions.Granularity;
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
import org.saguaro.runtime.core.dispatch.Observation;
import org.saguaro.runtime.core.dispatch.PeHandle;
import org.saguaro.runtime.core.dispatch.Plan;
import org.saguaro.runtime.core.dispatch.PlanProfile;
import org.saguaro.runtime.core.dispatch.PlanTask;
import org.saguaro.runtime.core.dispatch.Rehearsal;
import org.saguaro.runtime.core.dispatch.Request;
import org.saguaro.runtime.core.dispatch.SessionStates;
import org.saguaro.runtime.core.dispatch.Terms;
import org.saguaro.runtime.core.lowering.Facts;
import org.saguaro.runtime.core.lowering.LoweredGraph;
import org.saguaro.runtime.core.lowering.Lowering;
import org.saguaro.runtime.core.lowering.ShapeTaint;
import org.saguaro.runtime.core.lowering.Specialization;
import org.saguaro.runtime.core.lowering.SymbolicShapes;
import org.saguaro.runtime.core.monitor.RequestCounters;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.tenant.Tenant;
import org.saguaro.runtime.core.tenant.Tenants;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A deployed model: its current plan, its requests in flight, its counters. Thread-safe. */
final class ModelDeployment implements Deployment, Request.Owner, ManagedDeployment {

    private static final Logger LOG = LoggerFactory.getLogger(ModelDeployment.class);

    /** A variant for certain sizes is made after so many requests with them: it costs seconds, and may not pay. */
    private static final int REQUESTS_BEFORE_VARIANT = 3;

    private final DeployOptions options;
    private final LayerGraph model;
    private final Dispatcher dispatcher;
    private final Tenants tenants;
    private final AtomicLong nextRequest;
    private final Consumer<ModelDeployment> onClosed;
    private final int bound;
    private final Semaphore room;
    private final RequestCounters counters;
    private final Set<Request> inFlight = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile boolean retiring;
    private final long madeNanos = System.nanoTime();

    private final PlanMaker plans;
    private final Executor background;
    private final Upkeep upkeep;
    private final Specializations specializations;
    private final ModelSession own = new ModelSession(this);
    private final Openness openness;
    private final InputCheck inputCheck;

    private volatile long lastUsedNanos = System.nanoTime();

    /** Bytes of evicted kernels, by plan. Guarded by this map. */
    private final Map<Plan, Long> evicted = new HashMap<>();

    /** One thread at a time measures errors. */
    private final Object measuring = new Object();

    /** One thread at a time makes or changes plans. */
    private final Object planning = new Object();

    private volatile @Nullable Deployed deployed;

    /**
     * What requests use now.
     *
     * @param general what serves any request
     * @param methods by name
     * @param stateful whether the model, or a method of it, remembers something
     */
    private record Deployed(Variant general, Map<String, Variant> methods, boolean stateful) {

        static Deployed of(Variant general, Map<String, Variant> methods) {
            boolean stateful = Stream.concat(Stream.of(general), methods.values().stream())
                    .anyMatch(variant -> !variant.lowered().graph().states().isEmpty());
            return new Deployed(general, Map.copyOf(methods), stateful);
        }

        Deployed withGeneral(Variant next) {
            return new Deployed(next, methods, stateful);
        }

        Deployed withMethod(String name, Variant next) {
            Map<String, Variant> all = new HashMap<>(methods);
            all.put(name, next);
            return new Deployed(general, Map.copyOf(all), stateful);
        }
    }

    /** What a deployment has others do for it. */
    interface Upkeep {
        /** Plans are without kernels for the shapes that wait for their turn: {@link #complete} is called soon. */
        void incomplete(ModelDeployment deployment);

        /** Runs something that a request waits for. */
        void soon(Runnable restoring);

        /** As {@link #soon}, after a while. */
        void later(Runnable restoring);

        MemoryKeeper memory();
    }

    /** How a request chooses its plan. */
    private record Route(
            @Nullable InputSizes sizes, @Nullable String method) {}

    ModelDeployment(
            DeployOptions options,
            LayerGraph model,
            Dispatcher dispatcher,
            ProfiledCostModel costs,
            Tenants tenants,
            AtomicLong nextRequest,
            Settings settings,
            Executor background,
            Upkeep upkeep,
            RequestCounters counters,
            Consumer<ModelDeployment> onClosed) {
        this.options = options;
        this.counters = counters;
        this.model = model;
        this.dispatcher = dispatcher;
        this.tenants = tenants;
        this.nextRequest = nextRequest;
        this.bound = settings.requestsInFlight();
        this.room = new Semaphore(bound);
        this.background = background;
        this.upkeep = upkeep;
        this.onClosed = onClosed;
        this.plans = new PlanMaker(
                options.name(),
                dispatcher,
                costs,
                options.precision().orElse(settings.precision()),
                new SamplesOfDeployment());
        this.openness = Openness.of(model);
        this.inputCheck = new InputCheck(options.name(), model);
        this.specializations = new Specializations(
                openness == Openness.NONE ? 0 : settings.variantsKept(),
                openness == Openness.TYPES ? 1 : REQUESTS_BEFORE_VARIANT);
    }

    // --- plans ---

    /** Makes the first plans. */
    void prepare() throws DeploymentException {
        synchronized (planning) {
            Variant general = prepared(lower(model), generalGranularity(), openness == Openness.TYPES);
            Map<String, Variant> methods = new HashMap<>();
            try {
                for (Map.Entry<String, LayerGraph> method :
                        general.lowered().graph().methods().entrySet()) {
                    methods.put(
                            method.getKey(),
                            prepared(LoweredGraph.unchanged(method.getValue()), Granularity.SEGMENT, false));
                }
            } catch (DeploymentException e) {
                general.plan().retire();
                methods.values().forEach(method -> method.plan().retire());
                throw e;
            }
            deployed = Deployed.of(general, methods);
        }
        upkeep.incomplete(this);
    }

    private LoweredGraph lower(LayerGraph graph) throws DeploymentException {
        SupportTable table = SupportTable.ask(dispatcher.pes());
        LoweredGraph lowered = Lowering.lower(
                graph, (part, layer) -> !table.supporters(part, layer).isEmpty());
        if (!lowered.refusals().isEmpty()) {
            throw new DeploymentException(options.name() + ": " + String.join("; ", lowered.refusals()));
        }
        return lowered;
    }

    /** While nothing is known of the tensors, every layer is a task: so each tensor is seen. */
    private Granularity generalGranularity() {
        return openness == Openness.TYPES ? Granularity.LAYER : options.granularity();
    }

    private Variant prepared(LoweredGraph lowered, Granularity granularity, boolean observed)
            throws DeploymentException {
        Plan plan = plans.plan(lowered.graph(), granularity, observed);
        try {
            plans.prepare(plan);
        } catch (DeploymentException e) {
            plan.retire();
            throw e;
        }
        return new Variant(lowered, plan);
    }

    /** Sends the samples through the model once, so that there is a variant for inputs like them. */
    void warmUp() throws DeploymentException, InterruptedException {
        List<Tensor> samples = options.samples();
        if (samples.isEmpty() || openness == Openness.NONE) {
            return;
        }
        InputSizes sizes = InputSizes.of(samples);
        try (ModelSession session = openSession()) {
            while (specializations.isUndecided(sizes)) {
                session.infer(samples, RequestOptions.DEFAULT);
            }
        } catch (RequestException e) {
            throw new DeploymentException(options.name() + ": the samples given could not be run: " + e.getMessage());
        }
        awaitBackground();
    }

    private void awaitBackground() throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        background.execute(done::countDown);
        done.await();
    }

    /** Background thread: makes the variant for requests like one that has succeeded. */
    private void specialize(InputSizes sizes, @Nullable Observation observation) {
        synchronized (planning) {
            Deployed now = deployed;
            if (now == null || closed.get()) {
                return;
            }
            try {
                LoweredGraph general = now.general().lowered();
                LoweredGraph known = Specialization.run(general, facts(general.graph(), sizes, observation));
                Variant variant = prepared(known, options.granularity(), false);
                Variant evicted = specializations.made(sizes, variant);
                if (evicted != null) {
                    evicted.plan().retire();
                }
                upkeep.incomplete(this);
                LOG.info(
                        "{} for inputs {}: {}",
                        options.name(),
                        sizes,
                        placement().summary());
            } catch (DeploymentException e) {
                specializations.failed(sizes);
                LOG.warn("{} stays general for inputs {}: {}", options.name(), sizes, e.getMessage());
            } catch (RuntimeException | Error e) {
                // Errors too: no other variant is begun while one counts as being made.
                specializations.failed(sizes);
                LOG.error("{} stays general for inputs {}", options.name(), sizes, e);
            }
        }
    }

    /** What holds for every request with these sizes. */
    private static Facts facts(LayerGraph graph, InputSizes sizes, @Nullable Observation observation) {
        List<Value> inputs = graph.inputs().stream().map(graph::value).toList();
        List<Value> values = new ArrayList<>();
        List<long @Nullable []> found = new ArrayList<>();
        for (int i = 0; i < sizes.specs().size(); i++) {
            values.add(InputCheck.valueOf(inputs, i, sizes.specs().size()));
            found.add(sizes.specs().get(i).shape().sizes());
        }
        Facts facts = Facts.ofSymbols(graph, SymbolicShapes.solve(values, found).symbols());
        return observation == null
                ? facts
                : observation.of(graph).without(ShapeTaint.of(graph)).and(facts);
    }

    /** The PEs present have changed: prepares the plans on new ones, or makes others where the cut should be another. */
    void adapt() {
        synchronized (planning) {
            Deployed now = deployed;
            if (now == null || closed.get()) {
                return;
            }
            adapt(
                    now.general(),
                    generalGranularity(),
                    openness == Openness.TYPES,
                    next -> deployed = deployed().withGeneral(next));
            now.methods()
                    .forEach((name, method) -> adapt(
                            method,
                            Granularity.SEGMENT,
                            false,
                            next -> deployed = deployed().withMethod(name, next)));
            specializations
                    .all()
                    .forEach((sizes, variant) -> adapt(
                            variant,
                            options.granularity(),
                            false,
                            next -> specializations.replace(sizes, variant, next)));
        }
        dispatcher.enter();
        upkeep.incomplete(this);
    }

    /** One that cannot be adapted stays as it is, and keeps no other from it. */
    private void adapt(Variant variant, Granularity granularity, boolean observed, Consumer<Variant> replacement) {
        try {
            Variant next = adapted(variant, granularity, observed);
            if (!next.equals(variant)) {
                replacement.accept(next);
                variant.plan().retire();
            }
        } catch (DeploymentException e) {
            LOG.warn("{} stays as it is: {}", options.name(), e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("{} could not be adapted to the PEs present", options.name(), e);
        }
    }

    /** The variant itself, prepared on PEs that came, or one with another cut. */
    private Variant adapted(Variant variant, Granularity granularity, boolean observed) throws DeploymentException {
        Plan wanted;
        try {
            wanted = plans.plan(variant.lowered().graph(), granularity, observed);
        } catch (DeploymentException incomplete) {
            // A layer lost its last PE: its tasks wait for one to come, prepared as they are.
            prepareAgain(variant.plan());
            return variant;
        }
        if (wanted.sameCut(variant.plan())) {
            wanted.retire();
            prepareAgain(variant.plan());
            return variant;
        }
        try {
            plans.prepare(wanted);
        } catch (DeploymentException e) {
            wanted.retire();
            throw e;
        }
        LOG.info("{}: {}", options.name(), placement().summary());
        return new Variant(variant.lowered(), wanted);
    }

    /** Prepares a plan on PEs that came; an evicted one waits for its next request. */
    private void prepareAgain(Plan plan) throws DeploymentException {
        if (!plan.isEvicted()) {
            plans.prepare(plan);
        }
    }

    /** Prepares the plans for the shapes that wait for their turn. Slow. */
    void complete() {
        if (dispatcher.pes().stream().noneMatch(PeHandle::isAnotherShapesTurn)) {
            return;
        }
        for (Plan plan : plans.open()) {
            synchronized (planning) {
                if (!closed.get() && !plan.isEvicted() && !plan.isFinished()) {
                    plans.complete(plan);
                }
            }
        }
    }

    // --- memory ---

    @Override
    public int inFlight() {
        return inFlight.size();
    }

    @Override
    public long lastUsedNanos() {
        return lastUsedNanos;
    }

    @Override
    public List<Plan> plans() {
        return plans.open();
    }

    @Override
    public long evictedBytes() {
        synchronized (evicted) {
            return evicted.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    @Override
    public long evict() {
        long sum = 0;
        synchronized (planning) {
            for (Plan plan : plans.open()) {
                sum += evict(plan);
            }
        }
        return sum;
    }

    private long evict(Plan plan) {
        if (plan.isEvicted()) {
            return 0;
        }
        long bytes = plan.residentBytes();
        synchronized (evicted) {
            // Before it is true: a request may want them back at once.
            evicted.put(plan, bytes);
        }
        if (plan.evict(() -> upkeep.soon(() -> restore(plan)))) {
            plan.dropIdleRuns();
            return bytes;
        }
        synchronized (evicted) {
            evicted.remove(plan);
        }
        return 0;
    }

    /** Brings evicted kernels back, because a request waits for them. */
    private void restore(Plan plan) {
        Long bytes;
        synchronized (evicted) {
            bytes = evicted.get(plan);
        }
        if (bytes == null) {
            return;
        }
        long begin = System.nanoTime();
        upkeep.memory().beforeRestore(this, bytes);
        synchronized (planning) {
            if (plan.isFinished()) {
                return;
            }
            try {
                plans.prepare(plan);
            } catch (DeploymentException e) {
                // Its requests wait on; perhaps others free what it lacks.
                LOG.error("{} cannot be restored, which is tried again: {}", options.name(), e.getMessage());
                upkeep.later(() -> restore(plan));
                return;
            }
            plan.restored();
            synchronized (evicted) {
                evicted.remove(plan);
            }
        }
        dispatcher.enter();
        upkeep.memory().restored(this, bytes, System.nanoTime() - begin);
        upkeep.incomplete(this);
    }

    void updateRanks() {
        Deployed now = deployed;
        if (now != null) {
            now.general().plan().updateRanks();
            now.methods().values().forEach(method -> method.plan().updateRanks());
            specializations.all().values().forEach(variant -> variant.plan().updateRanks());
        }
    }

    /** After a failed {@link #prepare} or {@link #warmUp}: nothing stays behind. */
    void discard() {
        if (deployed != null) {
            close();
        } else {
            closed.set(true);
            onClosed.accept(this);
        }
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

    private Deployed deployed() {
        Deployed now = deployed;
        if (now == null) {
            throw new IllegalStateException(options.name() + " is not deployed yet");
        }
        return now;
    }

    @Override
    public Plan plan(Request request) {
        Deployed now = deployed();
        Route route = (Route) Objects.requireNonNull(request.route());
        if (route.method() != null) {
            return Objects.requireNonNull(now.methods().get(route.method())).plan();
        }
        Variant special = route.sizes() == null ? null : specializations.find(route.sizes());
        return (special == null ? now.general() : special).plan();
    }

    @Override
    public boolean wantsObservation(Request request, Plan plan) {
        Route route = (Route) Objects.requireNonNull(request.route());
        return plan.isObserved() && route.sizes() != null && specializations.wants(route.sizes());
    }

    @Override
    public void observed(Request request, Plan plan, Observation observation) {
        InputSizes sizes = ((Route) Objects.requireNonNull(request.route())).sizes();
        if (sizes != null && plan == deployed().general().plan() && specializations.count(sizes)) {
            background.execute(() -> specialize(sizes, observation));
        }
    }

    /** Counts requests on the general variant of a model whose sizes alone are open: nothing has to be observed. */
    private void countSizes(Request request) {
        InputSizes sizes = ((Route) Objects.requireNonNull(request.route())).sizes();
        if (openness == Openness.SIZES && sizes != null && specializations.count(sizes)) {
            background.execute(() -> specialize(sizes, null));
        }
    }

    // --- sessions ---

    @Override
    public CompletableFuture<InferenceResult> submit(List<Tensor> inputs, RequestOptions requestOptions) {
        return own.submit(inputs, requestOptions);
    }

    @Override
    public InferenceResult infer(List<Tensor> inputs, RequestOptions requestOptions)
            throws RequestException, InterruptedException {
        return own.infer(inputs, requestOptions);
    }

    @Override
    public void reset() throws RequestException, InterruptedException {
        own.reset();
    }

    @Override
    public InferenceResult call(String method, RequestOptions requestOptions)
            throws RequestException, InterruptedException {
        return own.call(method, requestOptions);
    }

    @Override
    public ModelSession openSession() {
        return new ModelSession(this);
    }

    /** Names of the methods without arguments. */
    Set<String> methods() {
        return deployed().methods().keySet();
    }

    /**
     * Sends a request.
     *
     * @param states of its session
     * @param method of the model; null for its forward
     */
    Request send(List<Tensor> inputs, RequestOptions requestOptions, SessionStates states, @Nullable String method)
            throws RequestException {
        InputSizes sizes = null;
        if (method == null) {
            inputCheck.check(inputs);
            sizes = openness == Openness.NONE ? null : InputSizes.of(inputs);
        }
        Tenant tenant = admit(requestOptions.tenant());
        long now = System.nanoTime();
        Request request = new Request(
                nextRequest.getAndIncrement(),
                this,
                new Route(sizes, method),
                deployed().stateful() ? states : null,
                Terms.of(requestOptions, tenant, now),
                now);
        inFlight.add(request);
        lastUsedNanos = System.nanoTime();
        counters.submitted();
        try {
            if (closed.get() || retiring) {
                throw new RequestException(Category.UNDEPLOYED, options.name() + " is being undeployed");
            }
            dispatcher.submit(request, inputs);
            return request;
        } catch (RequestException | RuntimeException | Error e) {
            // Errors too: the JVM throws one where the file behind a mapped input was cut.
            if (leave(request)) {
                counters.failed();
                tenant.failed(e instanceof RequestException failure ? failure.category() : Category.FAILED);
            }
            throw e;
        }
    }

    /** Takes a place for a request: of its tenant's, and of this deployment's. */
    private Tenant admit(String name) throws RequestException {
        Tenant tenant;
        try {
            tenant = tenants.enter(name);
        } catch (RequestException e) {
            counters.rejected();
            throw e;
        }
        if (!room.tryAcquire()) {
            tenant.withdraw();
            counters.rejected();
            throw new RequestException(
                    Category.REJECTED,
                    options.name() + ": " + bound
                            + " requests are in flight already, as many as a deployment may have; " + tenant.inFlight()
                            + " of all in flight are of tenant '" + name + "'; try again later");
        }
        return tenant;
    }

    @Override
    public void ended(Request request, long latencyNanos, @Nullable RequestException failure) {
        if (failure == null) {
            countSizes(request);
        }
        if (leave(request)) {
            if (failure == null) {
                counters.completed(latencyNanos);
                request.terms().tenant().completed();
            } else {
                counters.failed();
                request.terms().tenant().failed(failure.category());
            }
        }
    }

    /** A request is in flight no more; false if it was not. Wakes whoever waits for the last one. */
    private boolean leave(Request request) {
        if (!inFlight.remove(request)) {
            return false;
        }
        room.release();
        lastUsedNanos = System.nanoTime();
        synchronized (inFlight) {
            inFlight.notifyAll();
        }
        closeIfRetired();
        return true;
    }

    // --- reports ---

    @Override
    public PlacementReport placement() {
        Variant general = deployed().general();
        Variant latest = specializations.latest();
        List<Variant> variants = new ArrayList<>();
        variants.add(latest == null ? general : latest);
        Stream.concat(Stream.of(general), specializations.all().values().stream())
                .filter(variant -> !variants.contains(variant))
                .forEach(variants::add);
        return Placements.report(options.name(), model, variants, dispatcher.pes());
    }

    @Override
    public PlacementReport measureErrors() throws RequestException, InterruptedException {
        synchronized (measuring) {
            Variant latest = specializations.latest();
            Variant variant = latest == null ? deployed().general() : latest;
            List<Tensor> inputs = options.samples();
            String words = "the deployment's samples";
            if (inputs.isEmpty()) {
                inputs = RandomInputs.of(options.name(), variant.lowered().graph());
                words = RandomInputs.WORDS;
            } else if (openness != Openness.NONE) {
                Variant special = specializations.find(InputSizes.of(inputs));
                variant = special == null ? deployed().general() : special;
            }
            dispatcher.measureErrors(variant.plan(), rehearse(variant.plan(), PlanTask::isInexact, inputs), words);
            return placement();
        }
    }

    /** The samples, for kernels that want to see them. */
    private final class SamplesOfDeployment implements PlanMaker.Calibration {

        @Override
        public boolean isPossible(LayerGraph graph) {
            if (options.samples().isEmpty()) {
                return false;
            }
            try {
                // Methods take other inputs, and a variant may be for other sizes.
                new InputCheck(options.name(), graph).check(options.samples());
                return true;
            } catch (RequestException e) {
                LOG.debug("no calibration: {}", e.getMessage());
                return false;
            }
        }

        @Override
        public @Nullable Rehearsal rehearse(Plan plan) {
            try {
                return ModelDeployment.this.rehearse(plan, PlanTask::isUncalibrated, options.samples());
            } catch (RequestException e) {
                LOG.warn("{} is not calibrated: its samples could not be run: {}", options.name(), e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return null;
        }
    }

    /** Sends inputs through a plan once, on the CPU as far as it can run them, and keeps what tasks of interest see. */
    private Rehearsal rehearse(Plan plan, Predicate<PlanTask> wanted, List<Tensor> inputs)
            throws RequestException, InterruptedException {
        Rehearsal rehearsal = new Rehearsal(plan, wanted);
        SessionStates states = new SessionStates();
        Tenant tenant = tenants.enter(RequestOptions.DEFAULT.tenant());
        long now = System.nanoTime();
        Request request = new Request(
                nextRequest.getAndIncrement(),
                rehearsal,
                null,
                states,
                Terms.of(RequestOptions.DEFAULT, tenant, now),
                now);
        try {
            dispatcher.submit(request, inputs);
        } catch (RequestException e) {
            tenant.failed(e.category());
            throw e;
        }
        try {
            ModelSession.await(request);
        } finally {
            states.clearInTurn(() -> {});
        }
        return rehearsal;
    }

    /** Of the variant used last, whose sizes are known; of the general one if there is none. */
    @Override
    public ApplicationProfile profile() {
        Variant latest = specializations.latest();
        Plan plan = (latest == null ? deployed().general() : latest).plan();
        return PlanProfile.of(options.name(), plan, plans.costs());
    }

    DeploymentStatistics statistics() {
        return counters.statistics(options.name());
    }

    // --- the end ---

    @Override
    public void close() {
        close(RequestOptions.DEFAULT.timeout());
    }

    /** No new requests; closes itself when those in flight have ended, however long that takes. Returns at once. */
    void retire() {
        retiring = true;
        closeIfRetired();
    }

    private void closeIfRetired() {
        if (retiring && inFlight.isEmpty() && !closed.get()) {
            background.execute(this::close);
        }
    }

    /** How its requests are counted: a version that takes its place goes on with it. */
    RequestCounters counters() {
        return counters;
    }

    /** How it was deployed. */
    DeployOptions options() {
        return options;
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
            Deployed now = deployed();
            now.general().plan().retire();
            now.methods().values().forEach(method -> method.plan().retire());
            specializations.all().values().forEach(variant -> variant.plan().retire());
        }
        own.close();
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
