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
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.Support;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.ModelReader;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.DeploymentException;
import org.saguaro.runtime.core.DeploymentStatistics;
import org.saguaro.runtime.core.LayerSupport;
import org.saguaro.runtime.core.PeStatus;
import org.saguaro.runtime.core.PolicyStatus;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.SaguaroRuntime;
import org.saguaro.runtime.core.TaskRecord;
import org.saguaro.runtime.core.cost.CalibrationStore;
import org.saguaro.runtime.core.cost.ProfiledCostModel;
import org.saguaro.runtime.core.dispatch.Dispatcher;
import org.saguaro.runtime.core.monitor.RequestCounters;
import org.saguaro.runtime.core.monitor.TraceLog;
import org.saguaro.runtime.core.policy.PolicySelector;
import org.saguaro.scheduler.api.SchedulingPolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The runtime as plain Java. Thread-safe. */
public final class Engine implements SaguaroRuntime, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

    /** After a PE left, one like it often comes back at once (an update): plans are only made coarser after that time. */
    private static final long REPLAN_DELAY_MILLIS = 3_000;

    private static final long SAVE_PERIOD_SECONDS = 30;
    private static final long RANK_PERIOD_SECONDS = 1;
    private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(20);

    private final Settings settings;
    private final Optional<CalibrationStore> calibration;
    private final ProfiledCostModel costs;
    private final PolicySelector policies = new PolicySelector();
    private final TraceLog trace;
    private final ScheduledThreadPoolExecutor timer;
    private final ExecutorService background;
    private final Dispatcher dispatcher;
    private final AtomicLong nextRequest = new AtomicLong(1);
    private final Map<String, ModelDeployment> deployments = new ConcurrentHashMap<>();
    /** Deployments whose model can be replaced; their present versions are among the deployments. */
    private final Map<String, VersionedDeployment> versioned = new ConcurrentHashMap<>();

    /** Versions being prepared, and versions whose last requests are in flight. */
    private final Set<ModelDeployment> beside = ConcurrentHashMap.newKeySet();

    private final List<ModelReader> readers = new CopyOnWriteArrayList<>();
    private volatile boolean closed;

    public Engine(Settings settings) {
        this.settings = settings;
        calibration = settings.calibrationFile().map(CalibrationStore::new);
        costs = new ProfiledCostModel(calibration.map(CalibrationStore::load).orElse(List.of()));
        trace = new TraceLog(settings.traceCapacity());
        timer = new ScheduledThreadPoolExecutor(1, task -> daemon(task, "saguaro-timer"));
        timer.setRemoveOnCancelPolicy(true);
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        background = Executors.newSingleThreadExecutor(task -> daemon(task, "saguaro-prepare"));
        dispatcher = new Dispatcher(
                policies,
                trace,
                timer,
                settings.taskTimeout().toNanos(),
                settings.leaveGrace().toNanos());
        every(RANK_PERIOD_SECONDS, () -> alive().forEach(ModelDeployment::updateRanks));
        calibration.ifPresent(store -> every(SAVE_PERIOD_SECONDS, () -> store.save(costs.measured())));
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    private void every(long seconds, Runnable action) {
        // An exception would end the repetition in silence.
        Runnable guarded = () -> {
            try {
                action.run();
            } catch (RuntimeException e) {
                LOG.error("a periodic task failed", e);
            }
        };
        var unused = timer.scheduleWithFixedDelay(guarded, seconds, seconds, TimeUnit.SECONDS);
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

    public void addReader(ModelReader reader) {
        readers.add(reader);
    }

    public void removeReader(ModelReader reader) {
        readers.remove(reader);
    }

    private void adaptDeployments() {
        if (!closed) {
            background.execute(() -> alive().forEach(ModelDeployment::adapt));
        }
    }

    /** Every version of every deployment. */
    private Stream<ModelDeployment> alive() {
        return Stream.concat(deployments.values().stream(), beside.stream());
    }

    /** No new requests; those in flight get some time to finish; then everything is given back. */
    @Override
    public void close() {
        closed = true;
        alive().forEach(deployment -> deployment.close(DRAIN_TIMEOUT));
        background.shutdownNow();
        dispatcher.pes().forEach(pe -> dispatcher.removePe(pe.element()));
        dispatcher.close();
        timer.shutdownNow();
        calibration.ifPresent(store -> store.save(costs.measured()));
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
                options, model, dispatcher, costs, nextRequest, settings, background, counters, gone -> {
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
}
