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
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.saguaro.accel.api.PeShape;
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
import org.saguaro.runtime.core.dispatch.PeHandle;
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

    /**
     * How long after a deployment is ready its kernels for other shapes are prepared: its first requests, and a command that deploys for one
     * request, have the cores for themselves.
     */
    private static final long COMPLETION_DELAY_MILLIS = 500;

    private static final long RESTORE_AGAIN_MILLIS = 1_000;
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
    private final ExecutorService restoring;
    private volatile MemoryKeeper memoryKeeper = MemoryKeeper.GENEROUS;
    private final Dispatcher dispatcher;
    private final AtomicLong nextRequest = new AtomicLong(1);
    private final Map<String, ModelDeployment> deployments = new ConcurrentHashMap<>();
    private final List<ModelReader> readers = new CopyOnWriteArrayList<>();
    private final ModelDeployment.Upkeep upkeep = new DeploymentUpkeep();
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
        restoring = Executors.newSingleThreadExecutor(task -> daemon(task, "saguaro-restore"));
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
            background.execute(() -> deployments.values().forEach(ModelDeployment::adapt));
        }
    }

    // --- for the provisioning ---

    /** Where tasks go to PEs. */
    public Dispatcher dispatcher() {
        return dispatcher;
    }

    /** All deployments, those too that are still being made. */
    public List<ManagedDeployment> managedDeployments() {
        return List.copyOf(deployments.values());
    }

    /** Prepares every deployment for every shape. Slow; returns when that is done. */
    public void prepareAllShapes() {
        deployments.values().forEach(ModelDeployment::complete);
    }

    /** Whether every task of every deployment has a kernel that can run when this shape is at work. Evicted ones do not count. */
    public boolean isPreparedFor(PeShape shape) {
        Predicate<PeHandle> atWork = pe -> {
            PeShape own = pe.shape();
            return own == null || own.equals(shape) || !own.group().equals(shape.group());
        };
        return deployments.values().stream()
                .flatMap(deployment -> deployment.plans().stream())
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

    /** No new requests; those in flight get some time to finish; then everything is given back. */
    @Override
    public void close() {
        closed = true;
        deployments.values().forEach(deployment -> deployment.close(DRAIN_TIMEOUT));
        background.shutdownNow();
        restoring.shutdownNow();
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
                upkeep,
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
