// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.saguaro.accel.api.DeviceMemory;
import org.saguaro.accel.api.MeteredMemory;
import org.saguaro.accel.api.PeShape;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.Support;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.ModelReader;
import org.saguaro.runtime.core.CostStatus;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.DeploymentException;
import org.saguaro.runtime.core.DeploymentStatistics;
import org.saguaro.runtime.core.LayerSupport;
import org.saguaro.runtime.core.MonitorSnapshot.MemoryUse;
import org.saguaro.runtime.core.PeStatus;
import org.saguaro.runtime.core.PolicyStatus;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.SaguaroRuntime;
import org.saguaro.runtime.core.TaskRecord;
import org.saguaro.runtime.core.TenantStatus;
import org.saguaro.runtime.core.TransferStatus;
import org.saguaro.runtime.core.cost.CalibrationStore;
import org.saguaro.runtime.core.cost.CalibrationStore.Calibration;
import org.saguaro.runtime.core.cost.PowerModel;
import org.saguaro.runtime.core.cost.ProfiledCostModel;
import org.saguaro.runtime.core.cost.TransferModel;
import org.saguaro.runtime.core.dispatch.Dispatcher;
import org.saguaro.runtime.core.dispatch.PeHandle;
import org.saguaro.runtime.core.dispatch.Plan;
import org.saguaro.runtime.core.monitor.LoadSource;
import org.saguaro.runtime.core.monitor.PeSample;
import org.saguaro.runtime.core.monitor.RequestCounters;
import org.saguaro.runtime.core.monitor.RoundMeter;
import org.saguaro.runtime.core.monitor.TraceLog;
import org.saguaro.runtime.core.policy.PolicySelector;
import org.saguaro.runtime.core.simulation.KernelProfile;
import org.saguaro.runtime.core.tenant.Tenant;
import org.saguaro.runtime.core.tenant.TenantRule;
import org.saguaro.runtime.core.tenant.Tenants;
import org.saguaro.scheduler.api.SchedulingPolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The runtime as plain Java. Thread-safe. */
public final class Engine implements SaguaroRuntime, LoadSource, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

    /** After a PE left, one like it often comes back at once (an update): plans are only made coarser after that time. */
    private static final long REPLAN_DELAY_MILLIS = 3_000;

    /**
     * How long after a deployment is ready its kernels for other shapes are prepared: its first requests, and a command that deploys for one
     * request, have the cores for themselves.
     */
    private static final long COMPLETION_DELAY_MILLIS = 500;

    private static final long RESTORE_AGAIN_MILLIS = 1_000;
    private static final long SAVE_PERIOD_SECONDS = 30;
    private static final long RANK_PERIOD_SECONDS = 1;
    private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(20);

    /** Bound of tenants until {@link #configureTenants}, and how many of those that are not configured are remembered. */
    private static final int REQUESTS_PER_TENANT = 1024;

    private static final int TENANTS_REMEMBERED = 1024;

    private final Settings settings;
    private final Optional<CalibrationStore> calibration;
    private final ProfiledCostModel costs;
    private final TransferModel transfers;
    private final PowerModel power = new PowerModel();
    private final PolicySelector policies = new PolicySelector();
    private final Tenants tenants = new Tenants(REQUESTS_PER_TENANT, TENANTS_REMEMBERED);
    private final TraceLog trace;
    private final ScheduledThreadPoolExecutor timer;
    private final ExecutorService background;
    private final ExecutorService restoring;
    private volatile MemoryKeeper memoryKeeper = MemoryKeeper.GENEROUS;
    private final Dispatcher dispatcher;
    private final AtomicLong nextRequest = new AtomicLong(1);
    private final Map<String, ModelDeployment> deployments = new ConcurrentHashMap<>();
    /** Deployments whose model can be replaced; their present versions are among the deployments. */
    private final Map<String, VersionedDeployment> versioned = new ConcurrentHashMap<>();

    /** Versions being prepared, and versions whose last requests are in flight. */
    private final Set<ModelDeployment> beside = ConcurrentHashMap.newKeySet();

    private final List<ModelReader> readers = new CopyOnWriteArrayList<>();
    private final ModelDeployment.Upkeep upkeep = new DeploymentUpkeep();
    private final List<Guest> guests = new CopyOnWriteArrayList<>();
    private volatile boolean closed;

    /** Another part of the core that has plans of its own on this engine. */
    public interface Guest {
        /** A PE came, or one like it did not come back for some time: plans are prepared anew. Background thread; may be slow. */
        void adapt();

        /** A PE left. */
        void peLeft();

        /** Its plans, for whoever wants to know what arrives. */
        List<Plan> openPlans();

        /** The engine closes: everything is given back. */
        void close();
    }

    public Engine(Settings settings) {
        this.settings = settings;
        calibration = settings.calibrationFile().map(CalibrationStore::new);
        Calibration known = calibration.map(CalibrationStore::load).orElse(Calibration.NONE);
        costs = new ProfiledCostModel(known.kernels());
        transfers = new TransferModel(known.transfers());
        trace = new TraceLog(settings.traceCapacity());
        timer = new ScheduledThreadPoolExecutor(1, task -> daemon(task, "saguaro-timer"));
        timer.setRemoveOnCancelPolicy(true);
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        background = Executors.newSingleThreadExecutor(task -> daemon(task, "saguaro-prepare"));
        restoring = Executors.newSingleThreadExecutor(task -> daemon(task, "saguaro-restore"));
        dispatcher = new Dispatcher(
                policies,
                trace,
                transfers,
                power,
                timer,
                settings.taskTimeout().toNanos(),
                settings.leaveGrace().toNanos());
        every(RANK_PERIOD_SECONDS, () -> alive().forEach(ModelDeployment::updateRanks));
        calibration.ifPresent(store -> every(SAVE_PERIOD_SECONDS, () -> store.save(measured())));
    }

    private Calibration measured() {
        return new Calibration(costs.measured(), transfers.measured());
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    private void every(long seconds, Runnable action) {
        var unused = every(Duration.ofSeconds(seconds), action);
    }

    /** An exception would end a repetition in silence. */
    private static Runnable guarded(Runnable action) {
        return () -> {
            try {
                action.run();
            } catch (RuntimeException e) {
                LOG.error("a periodic task failed", e);
            }
        };
    }

    // --- what comes and goes ---

    /** A PE came: existing deployments are prepared on it in the background. */
    public void addPe(ProcessingElement element) {
        dispatcher.addPe(element);
        adaptDeployments();
    }

    /** A PE goes; returns when its provider is not used any more. */
    public void removePe(ProcessingElement element) {
        dispatcher.removePe(element);
        guests.forEach(Guest::peLeft);
        if (!closed) {
            var unused = timer.schedule(this::adaptDeployments, REPLAN_DELAY_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /** A policy came. */
    public void addPolicy(String name, String provider, SchedulingPolicy policy) {
        policies.add(name, provider, policy);
        dispatcher.enter();
    }

    /** A policy goes; returns when no round is inside it. */
    public void removePolicy(SchedulingPolicy policy) {
        policies.remove(policy, settings.leaveGrace().toNanos());
        dispatcher.enter();
    }

    /** Sets the order of preference of policies. */
    public void configurePolicies(List<String> names) {
        policies.configure(names);
        dispatcher.enter();
    }

    /**
     * Sets the tenants' weights and bounds; requests in flight go on.
     *
     * @param requestsPerTenant bound of each tenant that has no rule
     * @throws IllegalArgumentException if that is not positive; nothing has changed then
     */
    public void configureTenants(List<TenantRule> rules, int requestsPerTenant) {
        tenants.configure(rules, requestsPerTenant);
        dispatcher.enter();
    }

    /** What PEs draw; whoever reads rails corrects it. */
    public PowerModel power() {
        return power;
    }

    public void addReader(ModelReader reader) {
        readers.add(reader);
    }

    public void removeReader(ModelReader reader) {
        readers.remove(reader);
    }

    private void adaptDeployments() {
        if (!closed) {
            background.execute(() -> alive().forEach(ModelDeployment::adapt));
            background.execute(() -> guests.forEach(Guest::adapt));
        }
    }

    // --- guests ---

    /** From now on the guest is told. */
    public void addGuest(Guest guest) {
        guests.add(guest);
    }

    public void removeGuest(Guest guest) {
        guests.remove(guest);
    }

    // --- for the provisioning ---

    /** Where tasks go to PEs. */
    public Dispatcher dispatcher() {
        return dispatcher;
    }

    /** All deployments, those too that are still being made. */
    public List<ManagedDeployment> managedDeployments() {
        return alive().map(ManagedDeployment.class::cast).toList();
    }

    /** The plans of all deployments and guests. */
    public List<Plan> allPlans() {
        return Stream.concat(
                        alive().flatMap(deployment -> deployment.plans().stream()),
                        guests.stream().flatMap(guest -> guest.openPlans().stream()))
                .toList();
    }

    /** Prepares every deployment for every shape. Slow; returns when that is done. */
    public void prepareAllShapes() {
        alive().forEach(ModelDeployment::complete);
    }

    /** Whether every task of every deployment has a kernel that can run when this shape is at work. Evicted ones do not count. */
    public boolean isPreparedFor(PeShape shape) {
        Predicate<PeHandle> atWork = pe -> {
            PeShape own = pe.shape();
            return own == null || own.equals(shape) || !own.group().equals(shape.group());
        };
        return alive().flatMap(deployment -> deployment.plans().stream())
                .allMatch(plan -> plan.isEvicted() || plan.isFinished() || plan.isPreparedOn(atWork));
    }

    /** Who is told when evicted kernels come back. */
    public void memoryKeeper(MemoryKeeper keeper) {
        memoryKeeper = keeper;
    }

    private final class DeploymentUpkeep implements ModelDeployment.Upkeep {
        @Override
        public void incomplete(ModelDeployment deployment) {
            if (dispatcher.pes().stream().noneMatch(PeHandle::isAnotherShapesTurn)) {
                return;
            }
            after(COMPLETION_DELAY_MILLIS, () -> background.execute(deployment::complete));
        }

        @Override
        public void soon(Runnable work) {
            restoring.execute(work);
        }

        @Override
        public void later(Runnable work) {
            after(RESTORE_AGAIN_MILLIS, () -> restoring.execute(work));
        }

        private void after(long millis, Runnable action) {
            try {
                var unused = timer.schedule(action, millis, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                LOG.debug("a background task is dropped: the runtime is stopping");
            }
        }

        @Override
        public MemoryKeeper memory() {
            return memoryKeeper;
        }
    }

    /** Every version of every deployment. */
    private Stream<ModelDeployment> alive() {
        return Stream.concat(deployments.values().stream(), beside.stream());
    }

    /** A maker of plans for single layers. */
    public CallPlans callPlans() {
        return new CallPlans(dispatcher, costs);
    }

    /**
     * A place for something that works on behalf of a tenant; given back by the tenant's {@link Tenant#completed}.
     *
     * @throws RequestException if the tenant has as many as it may
     */
    public Tenant admit(String tenant) throws RequestException {
        return tenants.enter(tenant);
    }

    /** A number for one more request. */
    public long nextRequestId() {
        return nextRequest.getAndIncrement();
    }

    /** Runs an action again and again on the timer thread until the future is cancelled; it must be short. */
    public ScheduledFuture<?> every(Duration period, Runnable action) {
        return timer.scheduleWithFixedDelay(guarded(action), period.toNanos(), period.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** No new requests; those in flight get some time to finish; then everything is given back. */
    @Override
    public void close() {
        closed = true;
        guests.forEach(Guest::close);
        alive().forEach(deployment -> deployment.close(DRAIN_TIMEOUT));
        background.shutdownNow();
        restoring.shutdownNow();
        dispatcher.pes().forEach(pe -> dispatcher.removePe(pe.element()));
        dispatcher.close();
        timer.shutdownNow();
        calibration.ifPresent(store -> store.save(measured()));
    }

    // --- SaguaroRuntime ---

    @Override
    public LayerGraph read(Path model) throws IOException, ModelFormatException {
        if (!Files.exists(model)) {
            throw new NoSuchFileException(model.toString(), null, "no such model file");
        }
        for (ModelReader reader : readers) {
            if (reader.accepts(model)) {
                return reader.read(model);
            }
        }
        throw new ModelFormatException(
                model,
                "the file",
                "a format that no installed reader knows",
                readers.isEmpty()
                        ? "a model reader bundle (none is installed)"
                        : String.join(
                                " or ",
                                readers.stream().map(ModelReader::format).toList()),
                "export the model with torch.export.save, or install a reader for its format");
    }

    @Override
    public Deployment deploy(LayerGraph model, DeployOptions options) throws DeploymentException {
        ModelDeployment deployment = named(options, model);
        prepare(deployment);
        LOG.info("deployed {}: {}", options.name(), deployment.placement().summary());
        return deployment;
    }

    /** A deployment that has its name and is not ready. */
    private ModelDeployment named(DeployOptions options, LayerGraph model) throws DeploymentException {
        ModelDeployment deployment = made(options, model, new RequestCounters());
        if (deployments.putIfAbsent(options.name(), deployment) != null) {
            throw new DeploymentException(
                    "a deployment named '" + options.name() + "' exists already: undeploy it, or choose another name");
        }
        return deployment;
    }

    private ModelDeployment made(DeployOptions options, LayerGraph model, RequestCounters counters)
            throws DeploymentException {
        if (closed) {
            throw new DeploymentException("the runtime is stopping");
        }
        return new ModelDeployment(
                options,
                model,
                dispatcher,
                costs,
                tenants,
                nextRequest,
                settings,
                background,
                upkeep,
                counters,
                gone -> {
                    deployments.remove(options.name(), gone);
                    beside.remove(gone);
                });
    }

    private static void prepare(ModelDeployment deployment) throws DeploymentException {
        try {
            deployment.prepare();
            deployment.warmUp();
        } catch (InterruptedException e) {
            deployment.close();
            Thread.currentThread().interrupt();
            throw new DeploymentException("interrupted while the samples for " + deployment.name() + " ran");
        } catch (DeploymentException | RuntimeException | Error e) {
            deployment.discard();
            throw e;
        }
    }

    // --- versions ---

    /**
     * Deploys a model that can be replaced.
     *
     * @param requests makes of what a caller asks for what a request gets
     * @throws DeploymentException as {@link #deploy}
     */
    public VersionedDeployment deployVersioned(
            LayerGraph model, DeployOptions options, UnaryOperator<RequestOptions> requests)
            throws DeploymentException {
        ModelDeployment first = named(options, model);
        VersionedDeployment deployment =
                new VersionedDeployment(this, options.name(), new VersionedDeployment.Version(first, requests));
        versioned.put(options.name(), deployment);
        try {
            prepare(first);
        } catch (DeploymentException | RuntimeException | Error e) {
            versioned.remove(options.name(), deployment);
            throw e;
        }
        LOG.info("deployed {}: {}", options.name(), first.placement().summary());
        return deployment;
    }

    /** Prepares a model beside the version that runs, and makes it the one of its name. */
    ModelDeployment deployBeside(ModelDeployment running, LayerGraph model) throws DeploymentException {
        ModelDeployment next = made(running.options().withSamples(List.of()), model, running.counters());
        beside.add(next);
        prepare(next);
        beside.add(running);
        if (!deployments.replace(running.name(), running, next)) {
            next.close();
            beside.remove(running);
            throw new DeploymentException(running.name() + " was undeployed while its next version was prepared");
        }
        beside.remove(next);
        LOG.info("adjusted {}: {}", next.name(), next.placement().summary());
        return next;
    }

    /** A version takes no more requests, and goes when those in flight have ended. */
    void retire(ModelDeployment version) {
        version.retire();
    }

    /** How many earlier versions have requests in flight. */
    public int retiring(String name) {
        return (int) beside.stream()
                .filter(version -> version.name().equals(name) && version.isReady())
                .count();
    }

    void forget(VersionedDeployment gone) {
        versioned.remove(gone.name(), gone);
    }

    /** As callers see it. */
    private Deployment handle(ModelDeployment deployment) {
        VersionedDeployment handle = versioned.get(deployment.name());
        return handle == null ? deployment : handle;
    }

    @Override
    public List<Deployment> deployments() {
        return deployments.values().stream()
                .filter(ModelDeployment::isReady)
                .sorted((a, b) -> Long.compare(a.madeNanos(), b.madeNanos()))
                .map(this::handle)
                .toList();
    }

    @Override
    public Optional<Deployment> deployment(String name) {
        return Optional.ofNullable(deployments.get(name))
                .filter(ModelDeployment::isReady)
                .map(this::handle);
    }

    /** Formats of models that can be read. */
    public List<String> formats() {
        return readers.stream().map(ModelReader::format).sorted().toList();
    }

    @Override
    public List<LayerSupport> inspect(LayerGraph model) {
        SupportTable table = SupportTable.ask(dispatcher.pes());
        List<LayerSupport> support = new ArrayList<>();
        for (Layer layer : model.layers()) {
            Map<String, Support> byType = new TreeMap<>(table.answers(model, layer));
            support.add(new LayerSupport(layer, byType));
        }
        return support;
    }

    @Override
    public List<PeStatus> processingElements() {
        return dispatcher.peStatus();
    }

    @Override
    public List<PolicyStatus> policies() {
        return policies.status();
    }

    @Override
    public List<TaskRecord> trace() {
        return trace.records();
    }

    @Override
    public void clearTrace() {
        trace.clear();
    }

    @Override
    public List<DeploymentStatistics> statistics() {
        return deployments.values().stream()
                .filter(ModelDeployment::isReady)
                .sorted((a, b) -> Long.compare(a.madeNanos(), b.madeNanos()))
                .map(ModelDeployment::statistics)
                .toList();
    }

    @Override
    public List<TenantStatus> tenants() {
        return tenants.status();
    }

    /** What kernels were seen to take, by kernel; of each, by type of PE. */
    public Map<String, List<KernelProfile.Cost>> measuredByKernel() {
        return costs.measuredByKernel();
    }

    @Override
    public List<CostStatus> costs() {
        return costs.status();
    }

    @Override
    public List<TransferStatus> transfers() {
        return transfers.status();
    }

    /** Keeps so many task records from now on; 0 turns tracing off. */
    public void traceCapacity(int records) {
        trace.capacity(records);
    }

    // --- LoadSource ---

    @Override
    public List<PeSample> peSamples() {
        return dispatcher.peSamples();
    }

    @Override
    public RoundMeter rounds() {
        return dispatcher.meter();
    }

    @Override
    public String activePolicy() {
        return policies.status().stream()
                .filter(PolicyStatus::active)
                .map(PolicyStatus::name)
                .findFirst()
                .orElse("");
    }

    @Override
    public List<MemoryUse> memoryUse() {
        return dispatcher.memories().stream().map(Engine::use).toList();
    }

    private static MemoryUse use(DeviceMemory memory) {
        return memory instanceof MeteredMemory metered
                ? new MemoryUse(memory.space().name(), metered.allocatedBytes(), metered.capacityBytes())
                : new MemoryUse(memory.space().name(), -1, 0);
    }
}
