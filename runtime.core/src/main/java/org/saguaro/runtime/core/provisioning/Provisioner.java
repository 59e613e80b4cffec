// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.provisioning;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.PeShape;
import org.saguaro.runtime.core.Provisioning;
import org.saguaro.runtime.core.ProvisioningStatus;
import org.saguaro.runtime.core.ProvisioningStatus.Action;
import org.saguaro.runtime.core.ProvisioningStatus.Kind;
import org.saguaro.runtime.core.deploy.Engine;
import org.saguaro.runtime.core.deploy.ManagedDeployment;
import org.saguaro.runtime.core.deploy.MemoryKeeper;
import org.saguaro.runtime.core.dispatch.Dispatcher.OverlayState;
import org.saguaro.runtime.core.dispatch.Dispatcher.ShapeGroup;
import org.saguaro.runtime.core.dispatch.Plan;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The closed loop. A thread of its own looks at the load, every millisecond or few while there is any and once a second otherwise, and
 * does what {@link ShapeController}, {@link OverlayController}, {@link MemoryPlan} and the use of buffers say. Every action is a line in the log, with its reason.
 *
 * <p>Thread-safe. Owns its thread, which {@link #close} ends.
 */
public final class Provisioner implements Provisioning, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Provisioner.class);

    /** While the average moves. */
    private static final long FAST_LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    /** While there is load, but nothing moves. */
    private static final long STEADY_LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(4);

    /** For memory; and for everything while nothing runs, until something does. */
    private static final long SLOW_LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final long OVERLAY_LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long GAIN_PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final int ACTIONS_KEPT = 100;
    private static final long HANDOVER_PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Engine engine;
    private final InstantSource clock;
    private final Thread thread;
    private volatile ProvisioningSettings settings;
    private volatile @Nullable String frozen;
    private volatile boolean closed;

    /** Guarded by itself. */
    private final Deque<Action> actions = new ArrayDeque<>();

    /** By group. Guarded by itself. */
    private final Map<String, Loop> loops = new HashMap<>();

    /** By group of overlays. Guarded by {@link #loops}. */
    private final Map<String, OverlayLoop> overlayLoops = new HashMap<>();

    private long memoryLookNanos = System.nanoTime();

    /** One deployment's memory could not be brought under the cap: said once. Touched under {@link #evicting}. */
    private boolean overCapSaid;

    private final Object evicting = new Object();

    /** What is known of a group. */
    private static final class Loop {
        final ShapeController controller;
        final Gain gain = new Gain();
        long gainNanos;
        boolean gainKnown;

        Loop(ProvisioningSettings settings) {
            controller = new ShapeController(settings);
        }
    }

    /** What is known of a group of overlays. */
    private static final class OverlayLoop {
        final OverlayController controller = new OverlayController();
        final OverlayDemand demand = new OverlayDemand();
        /** Until when overlays that could not be loaded are left alone. */
        final Map<String, Long> avoidedUntil = new HashMap<>();

        String wanted = "";
        int failures;
        long lookNanos;
        boolean looked;
        double savedNanos;
    }

    /**
     * Begins to look.
     *
     * @param clock for the times of actions
     */
    public Provisioner(Engine engine, ProvisioningSettings settings, InstantSource clock) {
        this.engine = engine;
        this.settings = settings;
        this.clock = clock;
        if (settings.frozen()) {
            frozen = "configured so";
        }
        engine.memoryKeeper(new Keeper());
        thread = new Thread(this::run, "saguaro-provisioning");
        thread.setDaemon(true);
        thread.start();
    }

    /** Other settings from now on. Whether it is frozen stays as it is, unless that setting is another. */
    public void configure(ProvisioningSettings next) {
        boolean before = settings.frozen();
        settings = next;
        synchronized (loops) {
            loops.values().forEach(loop -> loop.controller.configure(next));
        }
        if (next.frozen() && !before) {
            freeze("configured so");
        } else if (!next.frozen() && before) {
            unfreeze();
        }
    }

    // --- the loop ---

    private void run() {
        while (!closed) {
            long wait;
            try {
                wait = look(System.nanoTime());
            } catch (RuntimeException e) {
                LOG.error("the provisioning could not look; it tries again", e);
                wait = SLOW_LOOK_NANOS;
            }
            LockSupport.parkNanos(this, wait);
        }
    }

    /** Looks at everything that is due; returns when to look again at the latest. */
    private long look(long now) {
        if (now - memoryLookNanos >= SLOW_LOOK_NANOS) {
            memoryLookNanos = now;
            if (frozen == null) {
                trimArenas(now);
                keepUnderCap();
            }
        }
        boolean moving = false;
        boolean loaded = false;
        for (ShapeGroup group : engine.dispatcher().shapes()) {
            OverlayState overlays = group.overlay();
            if (overlays != null) {
                look(group, overlays, now);
                moving |= group.handingOver();
                loaded |= engine.dispatcher().tasksOnTheirWay() > 0;
                continue;
            }
            Shapes shapes = Shapes.of(group);
            if (shapes != null) {
                moving |= !look(group, shapes, now) || group.handingOver();
                loaded |= engine.dispatcher().runnableTasks(group.name()) > 0;
            }
        }
        if (moving) {
            return FAST_LOOK_NANOS;
        }
        if (loaded) {
            return STEADY_LOOK_NANOS;
        }
        engine.dispatcher().onNextActivity(() -> LockSupport.unpark(thread));
        return SLOW_LOOK_NANOS;
    }

    /** Two shapes between which there is a choice by load. */
    private record Shapes(PeShape narrow, PeShape wide, int narrowPes) {
        static @Nullable Shapes of(ShapeGroup group) {
            String narrow = null;
            String wide = null;
            for (Map.Entry<String, Integer> shape : group.shapes().entrySet()) {
                if (narrow == null || shape.getValue() > group.shapes().getOrDefault(narrow, 0)) {
                    narrow = shape.getKey();
                }
                if (wide == null || shape.getValue() < group.shapes().getOrDefault(wide, 0)) {
                    wide = shape.getKey();
                }
            }
            if (narrow == null || wide == null || narrow.equals(wide)) {
                return null;
            }
            return new Shapes(
                    new PeShape(group.name(), narrow),
                    new PeShape(group.name(), wide),
                    group.shapes().getOrDefault(narrow, 1));
        }

        PeShape of(ShapeController.Width width) {
            return width == ShapeController.Width.NARROW ? narrow : wide;
        }
    }

    /** Returns whether nothing will change unless the load does. */
    private boolean look(ShapeGroup group, Shapes shapes, long now) {
        ShapeController.Change change;
        boolean settled;
        synchronized (loops) {
            Loop loop = loops.computeIfAbsent(group.name(), name -> new Loop(settings));
            int runnable = engine.dispatcher().runnableTasks(group.name());
            if (runnable > 0 && (!loop.gainKnown || now - loop.gainNanos >= GAIN_PERIOD_NANOS)) {
                loop.gainNanos = now;
                loop.gainKnown = true;
                loop.gain.update(plans(), shapes.narrow(), shapes.wide());
            }
            ShapeController.Width active = group.active().equals(shapes.wide().name())
                    ? ShapeController.Width.WIDE
                    : ShapeController.Width.NARROW;
            PeShape other = active == ShapeController.Width.WIDE ? shapes.narrow() : shapes.wide();
            boolean changeable = frozen == null && !group.handingOver() && engine.isPreparedFor(other);
            change = loop.controller.look(new ShapeController.Observation(
                    now,
                    runnable,
                    shapes.narrowPes(),
                    active,
                    changeable,
                    loop.gain.isNarrowMeasured(),
                    loop.gain.gain(),
                    loop.gain.taskNanos()));
            settled = loop.controller.isSettled();
        }
        if (change != null) {
            PeShape to = shapes.of(change.to());
            try {
                engine.dispatcher().reshape(to);
                act(Kind.RESHAPE, group.name(), group.active() + " -> " + to.name() + ": " + change.reason());
            } catch (IllegalArgumentException e) {
                LOG.debug("the last PE of {} has just left", to);
            }
            return false;
        }
        return settled;
    }

    /** Changes the overlay if the work that came lately pays for it. */
    private void look(ShapeGroup group, OverlayState state, long now) {
        OverlayController.Change change;
        String failure = "";
        synchronized (loops) {
            OverlayLoop loop = overlayLoops.computeIfAbsent(group.name(), name -> new OverlayLoop());
            if (state.failures() > loop.failures) {
                failure = state.problem();
                loop.avoidedUntil.put(loop.wanted, now + settings.explore().toNanos());
            }
            loop.failures = state.failures();
            loop.wanted = group.active();
            if (loop.looked && now - loop.lookNanos < OVERLAY_LOOK_NANOS) {
                change = null;
            } else {
                loop.looked = true;
                loop.lookNanos = now;
                change = look(group, state, loop, now);
                loop.wanted = change == null ? loop.wanted : change.to();
            }
        }
        if (!failure.isEmpty()) {
            act(Kind.FALL_BACK, group.name(), failure + "; it is " + group.active());
        }
        if (change != null) {
            try {
                engine.dispatcher().reshape(new PeShape(group.name(), change.to()));
                act(Kind.RESHAPE, group.name(), group.active() + " -> " + change.to() + ": " + change.reason());
            } catch (IllegalArgumentException e) {
                LOG.debug("the last PE of {} has just left", change.to());
            }
        }
    }

    private OverlayController.@Nullable Change look(ShapeGroup group, OverlayState state, OverlayLoop loop, long now) {
        OverlayDemand.Work work = loop.demand.look(
                engine.allPlans(),
                group.name(),
                group.shapes().keySet(),
                group.active(),
                engine.dispatcher().tasksOnTheirWay());
        loop.avoidedUntil.values().removeIf(until -> now - until > 0);
        List<OverlayController.Overlay> overlays = new ArrayList<>();
        for (String shape : group.shapes().keySet()) {
            if (shape.equals(group.active()) || !loop.avoidedUntil.containsKey(shape)) {
                overlays.add(new OverlayController.Overlay(
                        shape,
                        work.nanos().getOrDefault(shape, 0.0),
                        state.configurationNanos().getOrDefault(shape, 0L)));
            }
        }
        if (!group.handingOver()) {
            loop.savedNanos += work.withoutNanos() - work.nanos().getOrDefault(group.active(), 0.0);
        }
        boolean changeable = frozen == null && !group.handingOver();
        return group.shapes().containsKey(group.active())
                ? loop.controller.look(new OverlayController.Observation(overlays, group.active(), changeable))
                : null;
    }

    private List<Plan> plans() {
        List<Plan> plans = new ArrayList<>();
        engine.managedDeployments().forEach(deployment -> plans.addAll(deployment.plans()));
        return plans;
    }

    // --- memory ---

    /** Keeps the buffers of as many requests as ran at a time lately; of a deployment that is idle, none. */
    private void trimArenas(long now) {
        for (ManagedDeployment deployment : engine.managedDeployments()) {
            long idleNanos = now - deployment.lastUsedNanos();
            boolean idle = deployment.inFlight() == 0
                    && idleNanos >= settings.arenaIdle().toNanos();
            long bytes = 0;
            int kept = 1;
            for (Plan plan : deployment.plans()) {
                int most = plan.takeMostRunning();
                if (idle) {
                    bytes += plan.keepIdleRuns(1) + plan.dropIdleRuns();
                } else if (most > 0) {
                    // Slowly down, for the next burst may come soon; up at once, when it comes.
                    int wanted = Math.min(settings.arenaRuns(), Math.max(most, plan.idleRunsKept() * 3 / 4));
                    bytes += plan.keepIdleRuns(Math.max(1, wanted));
                    kept = Math.max(kept, wanted);
                }
            }
            if (bytes > 0) {
                act(
                        Kind.TRIM,
                        deployment.name(),
                        idle
                                ? size(bytes) + " of buffers: no request for " + seconds(idleNanos)
                                : size(bytes) + " of buffers: no more than " + kept + " requests at a time lately");
            }
        }
    }

    private void keepUnderCap() {
        if (settings.memoryCapBytes() > 0) {
            evictFor(null, 0);
        }
    }

    /**
     * Evicts until {@code bytes} more fit under the cap.
     *
     * @param comingBack whose kernels they are; null if nobody's
     */
    private void evictFor(@Nullable ManagedDeployment comingBack, long bytes) {
        long cap = settings.memoryCapBytes();
        if (cap == 0) {
            return;
        }
        synchronized (evicting) {
            List<ManagedDeployment> all = engine.managedDeployments();
            List<MemoryPlan.Holding> holdings = new ArrayList<>();
            for (ManagedDeployment deployment : all) {
                boolean kept = deployment == comingBack;
                holdings.add(new MemoryPlan.Holding(
                        deployment.name(),
                        deployment.residentBytes(),
                        kept ? Integer.MAX_VALUE : deployment.inFlight(),
                        deployment.lastUsedNanos()));
            }
            long now = System.nanoTime();
            for (MemoryPlan.Holding victim : MemoryPlan.evictions(holdings, cap, bytes)) {
                for (ManagedDeployment deployment : all) {
                    if (deployment.name().equals(victim.name())) {
                        evict(deployment, victim, comingBack, bytes, cap, now);
                    }
                }
            }
            long held = bytes
                    + all.stream().mapToLong(ManagedDeployment::residentBytes).sum();
            if (held > cap && !overCapSaid) {
                LOG.warn("kernels hold {}, over the cap of {}: requests are using them all", size(held), size(cap));
            }
            overCapSaid = held > cap;
        }
    }

    private void evict(
            ManagedDeployment deployment,
            MemoryPlan.Holding victim,
            @Nullable ManagedDeployment comingBack,
            long bytes,
            long cap,
            long now) {
        long evicted = deployment.evict();
        if (evicted > 0) {
            act(
                    Kind.EVICT,
                    deployment.name(),
                    size(evicted) + " of kernels: idle for " + seconds(now - victim.lastUsedNanos())
                            + (comingBack == null ? "" : ", and " + comingBack.name() + " needs " + size(bytes))
                            + "; the cap is " + size(cap));
        }
    }

    private final class Keeper implements MemoryKeeper {
        @Override
        public void beforeRestore(ManagedDeployment deployment, long bytes) {
            evictFor(deployment, bytes);
        }

        @Override
        public void restored(ManagedDeployment deployment, long bytes, long nanos) {
            act(
                    Kind.RESTORE,
                    deployment.name(),
                    String.format(
                            Locale.ROOT, "%s of kernels in %.1f ms: a request needs them", size(bytes), nanos / 1e6));
        }
    }

    // --- Provisioning ---

    @Override
    public ProvisioningStatus status() {
        List<ProvisioningStatus.Group> groups = new ArrayList<>();
        for (ShapeGroup group : engine.dispatcher().shapes()) {
            double concurrency = 1;
            double gain = 0;
            synchronized (loops) {
                Loop loop = loops.get(group.name());
                if (loop != null) {
                    concurrency = loop.controller.concurrency();
                    gain = loop.gain.gain();
                }
            }
            groups.add(new ProvisioningStatus.Group(
                    group.name(),
                    group.active(),
                    List.copyOf(group.shapes().keySet()),
                    group.handingOver(),
                    concurrency,
                    gain,
                    overlays(group)));
        }
        long now = System.nanoTime();
        List<ProvisioningStatus.Holding> holdings = engine.managedDeployments().stream()
                .sorted(Comparator.comparing(ManagedDeployment::name))
                .map(deployment -> new ProvisioningStatus.Holding(
                        deployment.name(),
                        deployment.residentBytes(),
                        deployment.plans().stream().mapToLong(Plan::idleBytes).sum(),
                        deployment.evictedBytes(),
                        deployment.inFlight(),
                        Duration.ofNanos(now - deployment.lastUsedNanos())))
                .toList();
        synchronized (actions) {
            return new ProvisioningStatus(
                    Optional.ofNullable(frozen), groups, settings.memoryCapBytes(), holdings, List.copyOf(actions));
        }
    }

    private Optional<ProvisioningStatus.Overlays> overlays(ShapeGroup group) {
        OverlayState state = group.overlay();
        if (state == null) {
            return Optional.empty();
        }
        SortedMap<String, Duration> configuration = new TreeMap<>();
        state.configurationNanos().forEach((name, nanos) -> configuration.put(name, Duration.ofNanos(nanos)));
        SortedMap<String, Duration> regret = new TreeMap<>();
        double saved = 0;
        synchronized (loops) {
            OverlayLoop loop = overlayLoops.get(group.name());
            if (loop != null) {
                saved = loop.savedNanos;
                group.shapes().keySet().stream()
                        .filter(name -> !name.equals(group.active()))
                        .forEach(name -> regret.put(name, Duration.ofNanos((long) loop.controller.regretNanos(name))));
            }
        }
        return Optional.of(new ProvisioningStatus.Overlays(
                configuration,
                regret,
                state.problem(),
                state.changes(),
                state.failures(),
                Duration.ofNanos(state.paidNanos()),
                Duration.ofNanos((long) saved)));
    }

    @Override
    public void reshape(PeShape shape) {
        ShapeGroup before = group(shape.group());
        if (before == null || !before.shapes().containsKey(shape.name())) {
            // Its message says which there are.
            engine.dispatcher().reshape(shape);
            return;
        }
        freeze("reshaped by hand to " + shape);
        engine.prepareAllShapes();
        engine.dispatcher().reshape(shape);
        synchronized (loops) {
            Loop loop = loops.get(shape.group());
            if (loop != null) {
                loop.controller.changedElsewhere(System.nanoTime());
            }
        }
        act(Kind.RESHAPE, shape.group(), before.active() + " -> " + shape.name() + ": by hand");
        long deadline = System.nanoTime() + HANDOVER_PATIENCE_NANOS + configurationNanos(before);
        ShapeGroup now = group(shape.group());
        while (now != null && now.handingOver() && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(FAST_LOOK_NANOS);
            now = group(shape.group());
        }
        OverlayState state = now == null ? null : now.overlay();
        if (now != null && state != null && !now.active().equals(shape.name())) {
            throw new IllegalStateException(shape.group() + " is " + now.active() + ": " + state.problem());
        }
    }

    /** What the longest change of a group may take, and the way back. */
    private static long configurationNanos(ShapeGroup group) {
        OverlayState state = group.overlay();
        return state == null
                ? 0
                : 4 * state.configurationNanos().values().stream().reduce(0L, Math::max);
    }

    private @Nullable ShapeGroup group(String name) {
        return engine.dispatcher().shapes().stream()
                .filter(group -> group.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    @Override
    public void freeze(String reason) {
        frozen = reason;
        act(Kind.FREEZE, "the controller", reason);
    }

    @Override
    public void unfreeze() {
        if (frozen != null) {
            frozen = null;
            act(Kind.UNFREEZE, "the controller", "goes on");
            LockSupport.unpark(thread);
        }
    }

    @Override
    public void park(String peId, String reason) {
        engine.dispatcher().park(peId, reason);
        note(Kind.PARK, peId, reason);
    }

    @Override
    public boolean unpark(String peId) {
        boolean was = engine.dispatcher().unpark(peId);
        if (was) {
            note(Kind.UNPARK, peId, "by hand");
        }
        return was;
    }

    private void act(Kind kind, String subject, String reason) {
        LOG.info("{} {}: {}", kind.name().toLowerCase(Locale.ROOT), subject, reason);
        note(kind, subject, reason);
    }

    private void note(Kind kind, String subject, String reason) {
        synchronized (actions) {
            if (actions.size() == ACTIONS_KEPT) {
                actions.removeFirst();
            }
            actions.addLast(new Action(clock.instant(), kind, subject, reason));
        }
    }

    private static String size(long bytes) {
        return String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
    }

    private static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.1f s", nanos / 1e9);
    }

    @Override
    public void close() {
        closed = true;
        engine.memoryKeeper(MemoryKeeper.GENEROUS);
        LockSupport.unpark(thread);
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
