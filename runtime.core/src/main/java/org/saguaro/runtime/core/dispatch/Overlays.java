// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.PeShape;
import org.saguaro.accel.api.Reconfigurable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which overlay each group of reconfigurable PEs holds. The first is that of the PE that came first.
 *
 * <p>A change: all PEs of the group take no more tasks, and what waited for them goes elsewhere; when the kernels that they run have ended, the
 * hardware is brought into the new shape, on a thread of its own; then the PEs of that shape begin. If that fails, the shape before is brought
 * about again; if that fails too, it is tried again after a while, twice as long each time. A kernel that does not end within {@link
 * #PATIENCE_NANOS} ends the change: hardware that is at work is not touched. Bringing a shape about resets its PEs: those in quarantine are
 * admitted again, on probation.
 *
 * <p>Thread-safe; calls PEs under its lock, which call nobody, but their providers never.
 */
final class Overlays {

    private static final Logger LOG = LoggerFactory.getLogger(Overlays.class);

    /** How long a change waits for kernels to end: longer than the usual time-out of a task, after which its PE is in quarantine. */
    static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private static final long FIRST_RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long SLOWEST_RETRY_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Executor configuring;
    private final Consumer<PeHandle> readmit;
    private final Runnable changed;
    private final Map<String, Group> groups = new HashMap<>();

    /** What is known of a group. Guarded by the overlays. */
    private static final class Group {
        String wanted;
        /** What the hardware holds; null if nobody knows. */
        @Nullable
        String loaded;

        /** What was brought about last without a failure. */
        @Nullable
        String lastGood;

        boolean configuring;
        long sinceNanos;
        long retryAtNanos;
        long retryDelayNanos = FIRST_RETRY_NANOS;
        String problem = "";
        int changes;
        int failures;
        long paidNanos;

        Group(String wanted, long nowNanos) {
            this.wanted = wanted;
            this.sinceNanos = nowNanos;
            this.retryAtNanos = nowNanos;
        }

        boolean isAtWork() {
            return !configuring && wanted.equals(loaded);
        }
    }

    /**
     * @param configuring runs {@link Reconfigurable#configure}, one at a time
     * @param readmit admits a PE that was in quarantine again
     * @param changed is called without any lock after a shape was brought about, or could not be
     */
    Overlays(Executor configuring, Consumer<PeHandle> readmit, Runnable changed) {
        this.configuring = configuring;
        this.readmit = readmit;
        this.changed = changed;
    }

    /** Whether a PE is one of those. */
    static boolean isOne(PeHandle pe) {
        return pe.element() instanceof Reconfigurable;
    }

    /**
     * Wants a shape from now on; {@link #settle} brings it about.
     *
     * @return false if no reconfigurable PE has it
     */
    synchronized boolean want(PeShape shape, PeHandle[] pes, long nowNanos) {
        if (members(pes).getOrDefault(shape.group(), List.of()).stream().noneMatch(pe -> shape.equals(pe.shape()))) {
            return false;
        }
        Group group = groups.computeIfAbsent(shape.group(), name -> new Group(shape.name(), nowNanos));
        if (!group.wanted.equals(shape.name())) {
            group.wanted = shape.name();
            group.sinceNanos = nowNanos;
            group.problem = "";
        }
        group.retryAtNanos = nowNanos;
        return true;
    }

    /**
     * Parks the PEs that may not work now, lets those begin that may, and begins to bring a shape about when all have stopped. Called after whatever may
     * change the answer.
     *
     * @return tasks that waited on PEs that are parked now; they are ready again
     */
    synchronized List<TaskRun> settle(PeHandle[] pes, long nowNanos) {
        List<TaskRun> back = new ArrayList<>();
        Map<String, List<PeHandle>> all = members(pes);
        groups.keySet().removeIf(name -> !all.containsKey(name) && !isConfiguring(name));
        all.forEach((name, members) -> settle(name, members, nowNanos, back));
        return back;
    }

    private boolean isConfiguring(String name) {
        Group group = groups.get(name);
        return group != null && group.configuring;
    }

    private void settle(String name, List<PeHandle> members, long nowNanos, List<TaskRun> back) {
        Group group = groups.computeIfAbsent(name, n -> new Group(shapeOf(first(members)), nowNanos));
        boolean stopped = park(name, group, members, back);
        if (group.isAtWork()) {
            for (PeHandle pe : members) {
                if (isOf(pe, group.wanted)) {
                    pe.unpark(PeHandle.Parking.SHAPE);
                }
            }
            return;
        }
        if (group.configuring) {
            return;
        }
        if (stopped) {
            PeHandle any = members.stream()
                    .filter(pe -> isOf(pe, group.wanted))
                    .findFirst()
                    .orElse(null);
            if (any != null && nowNanos - group.retryAtNanos >= 0) {
                group.configuring = true;
                String goal = group.wanted;
                configuring.execute(() -> configure(name, group, goal, any));
            }
        } else if (nowNanos - group.sinceNanos > PATIENCE_NANOS) {
            giveUp(name, group, members, nowNanos, back);
        }
    }

    /** A kernel does not end: the hardware stays as it is. */
    private void giveUp(String name, Group group, List<PeHandle> members, long nowNanos, List<TaskRun> back) {
        String loaded = group.loaded;
        if (loaded != null) {
            group.failures++;
            group.problem = group.wanted + " was not loaded: a kernel of " + loaded + " did not return within "
                    + TimeUnit.NANOSECONDS.toSeconds(PATIENCE_NANOS) + " s";
            LOG.error("{}: {}", name, group.problem);
            group.wanted = loaded;
            settle(name, members, nowNanos, back);
        }
    }

    /** Parks who may not work now; whether none of the group does any more. */
    private static boolean park(String name, Group group, List<PeHandle> members, List<TaskRun> back) {
        boolean stopped = true;
        for (PeHandle pe : members) {
            boolean itsTurn = isOf(pe, group.wanted);
            pe.itsShapeIsNext(itsTurn);
            if (!itsTurn || !group.isAtWork()) {
                String why = group.isAtWork()
                        ? "the group " + name + " is " + group.wanted
                        : "the group " + name + " becomes " + group.wanted;
                back.addAll(pe.park(PeHandle.Parking.SHAPE, why));
                stopped &= pe.hasStopped();
            }
        }
        return stopped;
    }

    /** The thread for that: brings a shape about. */
    private void configure(String name, Group group, String goal, PeHandle pe) {
        long begin = System.nanoTime();
        String failure = configure(pe);
        long now = System.nanoTime();
        synchronized (this) {
            group.configuring = false;
            group.paidNanos += now - begin;
            group.sinceNanos = now;
            if (failure == null) {
                group.changes += goal.equals(group.lastGood) || group.lastGood == null ? 0 : 1;
                group.loaded = goal;
                group.lastGood = goal;
                group.retryDelayNanos = FIRST_RETRY_NANOS;
                LOG.info("{} is {} after {} ms", name, goal, TimeUnit.NANOSECONDS.toMillis(now - begin));
            } else {
                failed(name, group, goal, failure, now);
            }
        }
        if (failure == null) {
            readmit.accept(pe);
        }
        changed.run();
    }

    private static void failed(String name, Group group, String goal, String failure, long nowNanos) {
        group.failures++;
        group.loaded = null;
        group.problem = goal + " could not be loaded: " + failure;
        String former = group.lastGood == null ? goal : group.lastGood;
        boolean back = !former.equals(goal);
        if (group.wanted.equals(goal)) {
            group.wanted = former;
        }
        group.retryAtNanos = back ? nowNanos : nowNanos + group.retryDelayNanos;
        if (!back) {
            group.retryDelayNanos = Math.min(2 * group.retryDelayNanos, SLOWEST_RETRY_NANOS);
        }
        LOG.error("{}: {}; {}", name, group.problem, back ? "back to " + former : "it is tried again");
    }

    /** Returns why it failed; null if it did not. */
    private static @Nullable String configure(PeHandle pe) {
        if (!(pe.element() instanceof Reconfigurable element) || !pe.beginLease()) {
            return pe.id() + " has left";
        }
        try {
            element.configure();
            return null;
        } catch (AccelException e) {
            return String.valueOf(e.getMessage());
        } catch (RuntimeException | Error e) {
            LOG.error("{} could not be configured", pe, e);
            return e.toString();
        } finally {
            pe.endLease();
        }
    }

    /** Whether some group waits for something that {@link #settle} would see. */
    synchronized boolean isChanging(PeHandle[] pes) {
        return members(pes).keySet().stream().anyMatch(name -> {
            Group group = groups.get(name);
            return group != null && !group.isAtWork();
        });
    }

    /** The groups now, sorted by name. */
    synchronized List<Dispatcher.ShapeGroup> status(PeHandle[] pes) {
        List<Dispatcher.ShapeGroup> status = new ArrayList<>();
        members(pes).forEach((name, members) -> {
            Group group = groups.get(name);
            if (group != null) {
                SortedMap<String, Integer> counts = new TreeMap<>();
                SortedMap<String, Long> prices = new TreeMap<>();
                for (PeHandle pe : members) {
                    counts.merge(shapeOf(pe), 1, Integer::sum);
                    if (pe.element() instanceof Reconfigurable element) {
                        prices.merge(shapeOf(pe), Math.max(0, element.configurationNanos()), Math::max);
                    }
                }
                status.add(new Dispatcher.ShapeGroup(
                        name,
                        group.wanted,
                        counts,
                        !group.isAtWork(),
                        new Dispatcher.OverlayState(
                                prices, group.problem, group.changes, group.failures, group.paidNanos)));
            }
        });
        return status;
    }

    private static Map<String, List<PeHandle>> members(PeHandle[] pes) {
        Map<String, List<PeHandle>> members = new TreeMap<>();
        for (PeHandle pe : pes) {
            PeShape shape = pe.shape();
            if (shape != null && isOne(pe)) {
                members.computeIfAbsent(shape.group(), group -> new ArrayList<>())
                        .add(pe);
            }
        }
        return members;
    }

    private static PeHandle first(List<PeHandle> members) {
        return members.stream()
                .min(Comparator.comparingLong(PeHandle::arrivalNanos))
                .orElseThrow();
    }

    private static String shapeOf(PeHandle pe) {
        PeShape shape = pe.shape();
        return shape == null ? "" : shape.name();
    }

    private static boolean isOf(PeHandle pe, String shape) {
        return shapeOf(pe).equals(shape);
    }
}
