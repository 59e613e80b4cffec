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
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
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
import org.saguaro.runtime.core.SaguaroRuntime;
import org.saguaro.runtime.core.TaskRecord;
import org.saguaro.runtime.core.cost.CalibrationStore;
import org.saguaro.runtime.core.cost.ProfiledCostModel;
import org.saguaro.runtime.core.dispatch.Dispatcher;
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
    private final List<ModelReader> readers = new CopyOnWriteArrayList<>();
    private final List<Guest> guests = new CopyOnWriteArrayList<>();
    private volatile boolean closed;

    /** Another part of the core that has plans of its own on this engine. */
    public interface Guest {
        /** A PE came, or one like it did not come back for some time: plans are prepared anew. Background thread; may be slow. */
        void adapt();

        /** A PE left. */
        void peLeft();

        /** The engine closes: everything is given back. */
        void close();
    }

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
        every(RANK_PERIOD_SECONDS, () -> deployments.values().forEach(ModelDeployment::updateRanks));
        calibration.ifPresent(store -> every(SAVE_PERIOD_SECONDS, () -> store.save(costs.measured())));
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

    public void addReader(ModelReader reader) {
        readers.add(reader);
    }

    public void removeReader(ModelReader reader) {
        readers.remove(reader);
    }

    private void adaptDeployments() {
        if (!closed) {
            background.execute(() -> deployments.values().forEach(ModelDeployment::adapt));
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

    /** Brings tasks to PEs. */
    public Dispatcher dispatcher() {
        return dispatcher;
    }

    /** A maker of plans for single layers. */
    public CallPlans callPlans() {
        return new CallPlans(dispatcher, costs);
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
        deployments.values().forEach(deployment -> deployment.close(DRAIN_TIMEOUT));
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
        if (closed) {
            throw new DeploymentException("the runtime is stopping");
        }
        ModelDeployment deployment = new ModelDeployment(
                options,
                model,
                dispatcher,
                costs,
                nextRequest,
                settings,
                background,
                gone -> deployments.remove(options.name(), gone));
        if (deployments.putIfAbsent(options.name(), deployment) != null) {
            throw new DeploymentException(
                    "a deployment named '" + options.name() + "' exists already: undeploy it, or choose another name");
        }
        try {
            deployment.prepare();
            deployment.warmUp();
        } catch (InterruptedException e) {
            deployment.close();
            Thread.currentThread().interrupt();
            throw new DeploymentException("interrupted while the samples for " + options.name() + " ran");
        } catch (DeploymentException | RuntimeException | Error e) {
            deployment.discard();
            throw e;
        }
        LOG.info("deployed {}: {}", options.name(), deployment.placement().summary());
        return deployment;
    }

    @Override
    public List<Deployment> deployments() {
        return deployments.values().stream()
                .filter(ModelDeployment::isReady)
                .sorted((a, b) -> Long.compare(a.madeNanos(), b.madeNanos()))
                .map(Deployment.class::cast)
                .toList();
    }

    @Override
    public Optional<Deployment> deployment(String name) {
        return Optional.ofNullable(deployments.get(name))
                .filter(ModelDeployment::isReady)
                .map(Deployment.class::cast);
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
        return deployments().stream()
                .map(deployment -> ((ModelDeployment) deployment).statistics())
                .toList();
    }
}
