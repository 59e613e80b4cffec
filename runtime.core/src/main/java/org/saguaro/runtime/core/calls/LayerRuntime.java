// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.calls;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.saguaro.runtime.core.DeploymentException;
import org.saguaro.runtime.core.DeploymentStatistics;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.RequestException.Category;
import org.saguaro.runtime.core.deploy.Engine;
import org.saguaro.runtime.core.dispatch.Dispatcher;
import org.saguaro.runtime.core.dispatch.Plan;
import org.saguaro.runtime.core.layers.LayerOptions;
import org.saguaro.runtime.core.layers.LayerSession;
import org.saguaro.runtime.core.layers.Layers;
import org.saguaro.runtime.core.simulation.KernelProfile;
import org.saguaro.runtime.core.tenant.Tenant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Layer API as plain Java, on an engine: all sessions of all applications share its plans and buffers. Closed with the engine, or
 * before. Thread-safe.
 */
public final class LayerRuntime implements Layers, Engine.Guest, AutoCloseable {

    /** What can be set. */
    public record Settings(int plansKept, long spareBytes) {
        /** 256 kinds of calls, 64 MiB. */
        public static final Settings DEFAULT = new Settings(256, 64L << 20);

        /**
         * @param plansKept kinds of calls (operator, attributes, element types, sizes, constants) whose kernels are kept, those used last
         * @param spareBytes memory of closed tensors kept for the next ones
         */
        public Settings {
            if (plansKept < 1 || spareBytes < 0) {
                throw new IllegalArgumentException("at least one plan must be kept and no negative memory, found "
                        + plansKept + " and " + spareBytes);
            }
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(LayerRuntime.class);
    private static final Duration WATCH_PERIOD = Duration.ofMillis(50);
    private static final Duration RANK_PERIOD = Duration.ofSeconds(1);
    /** A PE that left is often on its way back (an update). */
    private static final long RETURN_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Engine engine;
    private final Dispatcher dispatcher;
    private final BufferPool pool;
    private final PlanCache plans;
    private final ExecutorService callbacks;
    private final ExecutorService preparing;
    private final ThreadLocal<Propagation> propagations;
    private final List<ApplicationSession> sessions = new CopyOnWriteArrayList<>();
    /** Calls that no PE present supports, while one may come back. */
    private final Queue<LayerCall> unsupported = new ConcurrentLinkedQueue<>();

    private final List<Future<?>> periodic;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile long lastLeftNanos;
    private volatile boolean someLeft;

    public LayerRuntime(Engine engine, Settings settings) {
        this.engine = engine;
        dispatcher = engine.dispatcher();
        pool = new BufferPool(settings.spareBytes());
        plans = new PlanCache(engine.callPlans(), pool, settings.plansKept());
        callbacks = Executors.newSingleThreadExecutor(task -> daemon(task, "saguaro-layers"));
        preparing = Executors.newSingleThreadExecutor(task -> daemon(task, "saguaro-layers-prepare"));
        propagations = ThreadLocal.withInitial(() -> new Propagation(dispatcher, this::prepareLater));
        engine.addGuest(this);
        periodic = List.of(engine.every(WATCH_PERIOD, this::watch), engine.every(RANK_PERIOD, plans::updateRanks));
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    // --- Layers ---

    @Override
    public LayerSession open(String application, LayerOptions options) {
        if (application.isBlank()) {
            throw new IllegalArgumentException("an application needs a name, found '" + application + "'");
        }
        ApplicationSession session = new ApplicationSession(this, application, options, admit(application, options));
        sessions.add(session);
        if (closed.get()) {
            session.close();
            throw new IllegalStateException("the Layer API is stopping");
        }
        return session;
    }

    /** A session counts as one request of its tenant, its calls as none: the session bounds them. */
    private Tenant admit(String application, LayerOptions options) {
        try {
            return engine.admit(options.call().tenant());
        } catch (RequestException e) {
            throw new RejectedExecutionException(application + ": no session is opened: " + e.getMessage(), e);
        }
    }

    @Override
    public List<DeploymentStatistics> statistics() {
        return sessions.stream().map(ApplicationSession::statistics).toList();
    }

    /** Whether it was known until now. */
    boolean forget(ApplicationSession session) {
        return sessions.remove(session);
    }

    // --- what calls need ---

    Dispatcher dispatcher() {
        return dispatcher;
    }

    PlanCache plans() {
        return plans;
    }

    BufferPool pool() {
        return pool;
    }

    /** Runs what applications do when a tensor is there. */
    Executor callbacks() {
        return this::callBack;
    }

    private void callBack(Runnable action) {
        if (!closed.get()) {
            callbacks.execute(action);
        } else {
            // The executor may take nothing more, and who waits must be told.
            action.run();
        }
    }

    /** The calling thread's. */
    Propagation propagation() {
        return propagations.get();
    }

    /** What kernels were seen to take. */
    Map<String, List<KernelProfile.Cost>> measuredByKernel() {
        return engine.measuredByKernel();
    }

    long nextRequestId() {
        return engine.nextRequestId();
    }

    void forget(Constant constant) {
        plans.forget(constant);
    }

    // --- calls without a plan ---

    /** Whether a call that no PE supports now may wait for one: one left a moment ago, or there is none at all. */
    boolean maySoonBeSupported() {
        return dispatcher.pes().isEmpty() || (someLeft && System.nanoTime() - lastLeftNanos < RETURN_NANOS);
    }

    /** Takes a call whose operands are held for it. */
    private void prepareLater(LayerCall call) {
        try {
            preparing.execute(() -> prepare(call));
        } catch (RejectedExecutionException e) {
            call.fail(Category.UNDEPLOYED, call + ": the Layer API is stopping", e);
            call.letGo();
        }
    }

    /** Preparing thread. */
    private void prepare(LayerCall call) {
        try {
            call.prepared(plans.findOrMake(call.key()));
            Propagation propagation = propagation();
            propagation.begin();
            call.goOn(propagation);
            propagation.end();
        } catch (DeploymentException e) {
            if (maySoonBeSupported() && !call.hasEnded()) {
                unsupported.add(call);
                return;
            }
            call.fail(Category.FAILED, call + ": " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            call.fail(Category.INVALID_INPUT, call + ": " + e.getMessage(), e);
        } catch (RuntimeException | Error e) {
            LOG.error("{} could not be prepared", call, e);
            call.fail(Category.FAILED, call + ": " + e, e);
        }
        call.letGo();
    }

    private void tryUnsupportedAgain() {
        for (int i = unsupported.size(); i > 0; i--) {
            LayerCall call = unsupported.poll();
            if (call != null) {
                prepareLater(call);
            }
        }
    }

    // --- Engine.Guest ---

    @Override
    public void adapt() {
        plans.adapt();
        tryUnsupportedAgain();
    }

    @Override
    public void peLeft() {
        lastLeftNanos = System.nanoTime();
        someLeft = true;
    }

    @Override
    public List<Plan> openPlans() {
        return plans.all();
    }

    private void watch() {
        long now = System.nanoTime();
        for (ApplicationSession session : sessions) {
            session.checkTimes(now);
        }
        if (!unsupported.isEmpty() && !maySoonBeSupported()) {
            tryUnsupportedAgain();
        }
    }

    /** Closes all sessions; kernels go when the last call has left them. A second call does nothing. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        engine.removeGuest(this);
        periodic.forEach(action -> action.cancel(false));
        sessions.forEach(ApplicationSession::close);
        plans.close();
        pool.close();
        preparing.shutdown();
        callbacks.shutdown();
    }
}
