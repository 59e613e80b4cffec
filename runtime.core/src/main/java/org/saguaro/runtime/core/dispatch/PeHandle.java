// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.CycleCount;
import org.saguaro.accel.api.CycleCounter;
import org.saguaro.accel.api.DynamicTensors;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.accel.api.PeShape;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.Shaped;
import org.saguaro.accel.api.Support;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Value;
import org.saguaro.runtime.core.PeStatus;
import org.saguaro.runtime.core.PlacementReport;
import org.saguaro.runtime.core.cost.PowerModel;
import org.saguaro.runtime.core.monitor.PeMeter;
import org.saguaro.runtime.core.monitor.PeSample;
import org.saguaro.runtime.core.monitor.TraceLog;
import org.saguaro.runtime.core.residency.MemoryDomain;
import org.saguaro.scheduler.api.PeState;

/**
 * The core's side of a processing element: its queue, its condition, its counters and its kernels.
 *
 * <p>The round offers tasks, the PE's {@link Worker} takes them; any thread may look or drain. Neither takes a lock.
 */
public final class PeHandle implements PeState {

    private enum Condition {
        ACTIVE,
        QUARANTINED,
        LEFT
    }

    /** Who parks it; it is parked while anybody does. */
    enum Parking {
        /** A person. */
        HAND,
        /** Another shape of its group is at work. */
        SHAPE
    }

    /** How long an idle worker looks for the next task before it sleeps: shorter than waking up would take. */
    private static final long SPIN_NANOS = 20_000;

    /** So many workers may do so at a time: those of many accelerators would take the cores away from those that compute. */
    private static final int MOST_SPINNING = Math.max(1, Runtime.getRuntime().availableProcessors() - 1);

    private static final AtomicInteger SPINNING = new AtomicInteger();

    private final ProcessingElement element;
    private final PeDescriptor descriptor;
    private volatile MemoryDomain domain;
    private final PowerModel.Draw draw;
    private final int slot;
    private final long arrivalNanos;

    private final TaskQueue queue = new TaskQueue();
    private volatile boolean workerSleeps;
    private volatile boolean probeWanted;
    private final AtomicReference<@Nullable Errand> errand = new AtomicReference<>();
    private final Object errandTurn = new Object();
    /** Whether the worker does one, or a probe. */
    private volatile boolean aside;

    /** Since when the worker does one; 0 while it does none. */
    private volatile long errandSinceNanos;

    private volatile @Nullable Thread worker;

    /** Held to change the condition, never on the way of a task. */
    private final Object conditionLock = new Object();

    private volatile Condition condition = Condition.ACTIVE;
    private volatile String reason = "";
    /** Why it is parked, by who parked it. Guarded by {@link #conditionLock}; what others read is {@link #parked}. */
    private final Map<Parking, String> parkings = new EnumMap<>(Parking.class);

    private volatile boolean parked;
    private volatile boolean shapeIsNext;
    private final AtomicInteger queuedTasks = new AtomicInteger();
    /** Expected time of all tasks queued or running. */
    private final AtomicLong expectedNanos = new AtomicLong();

    private volatile @Nullable TaskRun running;
    private volatile long runningSinceNanos;
    /** Whether what runs is expected to take another time than the clock's. */
    private volatile boolean runningIsModelled;

    private final AtomicLong completedTasks = new AtomicLong();
    private final AtomicLong failedTasks = new AtomicLong();
    private final AtomicLong busyNanos = new AtomicLong();
    private int consecutiveFaults;

    /** Both used by the worker only, who writes them. */
    private final TraceLog.Writer trace;

    private final PeMeter meter = new PeMeter();

    private final Set<PreparedKernel> kernels = new HashSet<>();
    /** Whether there are any; written where they are guarded. */
    private volatile boolean hasKernels;

    private int leases;
    private final CountDownLatch workerEnded = new CountDownLatch(1);

    /** Availability as of the current round; written and read by the round only. */
    private long availableAtNanos;

    PeHandle(
            ProcessingElement element,
            MemoryDomain domain,
            PowerModel.Draw draw,
            int slot,
            TraceLog trace,
            long nowNanos) {
        this.element = element;
        this.descriptor = element.descriptor();
        this.trace = trace.writer(descriptor.id());
        this.domain = domain;
        this.draw = draw;
        this.slot = slot;
        this.arrivalNanos = nowNanos;
    }

    public ProcessingElement element() {
        return element;
    }

    public PeDescriptor descriptor() {
        return descriptor;
    }

    MemoryDomain domain() {
        return domain;
    }

    /** Another domain takes the place of the one whose device was lost. */
    void domain(MemoryDomain next) {
        domain = next;
    }

    /** What it draws while it works. */
    PowerModel.Draw draw() {
        return draw;
    }

    int slot() {
        return slot;
    }

    /** Whether it gets tasks. */
    public boolean isActive() {
        return condition == Condition.ACTIVE && !parked;
    }

    /** Whether it would get tasks if it was not parked. */
    boolean isSound() {
        return condition == Condition.ACTIVE;
    }

    /** Which way to use its hardware it is; null if there is only this one. */
    public @Nullable PeShape shape() {
        return element instanceof Shaped shaped ? shaped.shape() : null;
    }

    /** Whether it computes as PyTorch does: what others make is compared with what it makes. */
    boolean isReference() {
        return !PlacementReport.isAccelerator(descriptor.type());
    }

    /** Whether it is present, in whatever condition. */
    boolean isPresent() {
        return condition != Condition.LEFT;
    }

    // --- the queue ---

    /**
     * Round: gives the worker a task. False if the PE takes none any more. Tasks that were given while the PE stopped taking
     * them are in nobody's hands: the caller then {@link #drain}s.
     */
    boolean offer(TaskRun task) {
        if (!isActive()) {
            return false;
        }
        queuedTasks.incrementAndGet();
        expectedNanos.addAndGet(task.expectedNanos);
        queue.add(task);
        wakeWorker();
        return true;
    }

    private void wakeWorker() {
        // The worker announces its sleep and then looks once more; the task is there first and then this looks: one
        // sees the other.
        if (workerSleeps) {
            LockSupport.unpark(worker);
        }
    }

    /** What the worker should do next. */
    enum Next {
        TASK,
        PROBE,
        ERRAND,
        STOP
    }

    /** Worker: waits until there is something to do. */
    Next awaitWork() {
        if (queue.isEmpty()) {
            spin();
        }
        Next next = next();
        if (next != null) {
            return next;
        }
        worker = Thread.currentThread();
        workerSleeps = true;
        try {
            while (true) {
                next = next();
                if (next != null) {
                    return next;
                }
                LockSupport.park(this);
                // Only leaving ends a worker; a kernel's stray interrupt would keep park from waiting.
                Thread.interrupted();
            }
        } finally {
            workerSleeps = false;
        }
    }

    private void spin() {
        if (SPINNING.getAndIncrement() < MOST_SPINNING) {
            long until = System.nanoTime() + SPIN_NANOS;
            while (queue.isEmpty() && condition == Condition.ACTIVE && System.nanoTime() - until < 0) {
                Thread.onSpinWait();
            }
        }
        SPINNING.getAndDecrement();
    }

    private @Nullable Next next() {
        if (condition == Condition.LEFT) {
            return Next.STOP;
        }
        if (probeWanted && mayBeProbed()) {
            probeWanted = false;
            return Next.PROBE;
        }
        boolean empty = queue.isEmpty();
        Errand waiting = errand.get();
        if (waiting != null && isActive() && (empty || waiting.isDue(System.nanoTime()))) {
            return Next.ERRAND;
        }
        return empty ? null : Next.TASK;
    }

    /** Worker: the next task, if it was not drained meanwhile. */
    @Nullable
    TaskRun poll() {
        return queue.poll();
    }

    /** Held by whoever has an errand for it. */
    Object errandTurn() {
        return errandTurn;
    }

    /** Hands the worker an errand. */
    void errand(Errand next) {
        errand.set(next);
        wakeWorker();
    }

    /** Takes an errand back that has not begun; false if it has. */
    boolean withdraw(Errand given) {
        return errand.compareAndSet(given, null);
    }

    /** Worker: does the errand, unless the PE has just been told to rest. */
    void runErrand() {
        // First this: who parks the PE, and then sees that it has stopped, can rely on it.
        aside = true;
        try {
            Errand next = isActive() ? errand.getAndSet(null) : null;
            if (next != null) {
                errandSinceNanos = System.nanoTime();
                next.run();
            }
        } finally {
            errandSinceNanos = 0;
            aside = false;
        }
    }

    /** Worker: does something for which the hardware must hold this PE's shape; false if it does not, or will not soon. */
    boolean runAside(Runnable action) {
        aside = true;
        try {
            if (!mayBeProbed()) {
                return false;
            }
            action.run();
            return true;
        } finally {
            aside = false;
        }
    }

    /** Cores are there whatever their shape, programmable logic may hold something else. */
    private boolean mayBeProbed() {
        return !Overlays.isOne(this) || !isParked(Parking.SHAPE);
    }

    /** How long the worker has been at an errand; 0 if it is at none. */
    long errandNanos(long nowNanos) {
        long since = errandSinceNanos;
        return since == 0 ? 0 : nowNanos - since;
    }

    void wantProbe() {
        probeWanted = true;
        wakeWorker();
    }

    /** Stops taking tasks and hands back those that wait. */
    List<TaskRun> quarantine(String why) {
        synchronized (conditionLock) {
            if (condition == Condition.ACTIVE) {
                reason = why;
                condition = Condition.QUARANTINED;
            }
        }
        return drain();
    }

    /** Takes tasks again; false if it has left. */
    boolean readmit() {
        synchronized (conditionLock) {
            if (condition != Condition.QUARANTINED) {
                return false;
            }
            condition = Condition.ACTIVE;
            reason = "";
            return true;
        }
    }

    /** Takes no tasks until {@link #unpark}, and hands back those that wait. What runs goes on. */
    List<TaskRun> park(Parking who, String why) {
        synchronized (conditionLock) {
            parkings.put(who, why);
            parked = true;
        }
        return drain();
    }

    /** Takes tasks again, unless somebody else parked it too. */
    void unpark(Parking who) {
        synchronized (conditionLock) {
            parkings.remove(who);
            parked = !parkings.isEmpty();
        }
        // A probe or an errand may have waited for this.
        wakeWorker();
    }

    boolean isParked(Parking who) {
        if (!parked) {
            return false;
        }
        synchronized (conditionLock) {
            return parkings.containsKey(who);
        }
    }

    /** Whether anybody has parked it. */
    boolean isParked() {
        return parked;
    }

    /** Whether another shape of its group is at work: a deployment can do without it for now. */
    public boolean isAnotherShapesTurn() {
        return isParked(Parking.SHAPE) && !shapeIsNext;
    }

    /** It is parked only until its shape, which is wanted, is brought about. */
    void itsShapeIsNext(boolean next) {
        shapeIsNext = next;
    }

    /** Whether it could work if its hardware had a shape; bringing a shape about ends quarantines. */
    boolean couldWorkIn(PeShape wanted, boolean atWork) {
        return wanted.equals(shape()) && !isParked(Parking.HAND) && (atWork ? isSound() : isPresent());
    }

    long arrivalNanos() {
        return arrivalNanos;
    }

    /** Why it is parked, if it is. */
    public Optional<String> parkedReason() {
        synchronized (conditionLock) {
            String byHand = parkings.get(Parking.HAND);
            return Optional.ofNullable(byHand == null ? parkings.get(Parking.SHAPE) : byHand);
        }
    }

    /** Whether it runs nothing and has nothing to run; of a quarantined one nothing is expected. */
    boolean isAtRest() {
        return queuedTasks.get() == 0 || condition != Condition.ACTIVE;
    }

    /** Whether none of its kernels runs or will run while it is parked. Of one that does not come back, that never holds. */
    boolean hasStopped() {
        return queuedTasks.get() == 0 && !aside;
    }

    /** Leaves for good: hands back the tasks that wait and ends the worker. */
    List<TaskRun> leave() {
        synchronized (conditionLock) {
            condition = Condition.LEFT;
        }
        wakeWorker();
        return drain();
    }

    /** Takes back the tasks that wait. Any thread; a task is handed to one caller only. */
    List<TaskRun> drain() {
        List<TaskRun> waiting = queue.drain();
        waiting.forEach(this::taskGone);
        return waiting;
    }

    /** Takes out the waiting tasks of requests that have ended. Any thread. */
    List<TaskRun> takeEnded() {
        List<TaskRun> ended = queue.takeIf(task -> !task.run.isLive());
        ended.forEach(this::taskGone);
        return ended;
    }

    /** A task is queued or running here no more. */
    void taskGone(TaskRun task) {
        queuedTasks.decrementAndGet();
        expectedNanos.addAndGet(-task.expectedNanos);
    }

    // --- what runs; written by the worker ---

    /** @param modelled whether the task's estimates go by another time than the clock's */
    void started(TaskRun task, long nowNanos, boolean modelled) {
        runningSinceNanos = nowNanos;
        runningIsModelled = modelled;
        running = task;
    }

    void ended() {
        running = null;
    }

    @Nullable
    TaskRun running() {
        return running;
    }

    long runningSinceNanos() {
        return runningSinceNanos;
    }

    TraceLog.Writer trace() {
        return trace;
    }

    PeMeter meter() {
        return meter;
    }

    void countCompleted(long nanos) {
        completedTasks.incrementAndGet();
        busyNanos.addAndGet(nanos);
        consecutiveFaults = 0;
    }

    /** Faults in a row, this one included. */
    int countFault(long nanos) {
        failedTasks.incrementAndGet();
        busyNanos.addAndGet(nanos);
        return ++consecutiveFaults;
    }

    /** One more fault sends it back into quarantine. */
    void onProbation(int faultsAllowed) {
        consecutiveFaults = faultsAllowed - 1;
    }

    void workerHasEnded() {
        trace.close();
        workerEnded.countDown();
    }

    boolean awaitWorkerEnd(long nanos) throws InterruptedException {
        return workerEnded.await(nanos, TimeUnit.NANOSECONDS);
    }

    // --- kernels and leases ---

    void own(PreparedKernel kernel) {
        synchronized (kernels) {
            kernels.add(kernel);
            hasKernels = true;
        }
    }

    void disown(PreparedKernel kernel) {
        synchronized (kernels) {
            kernels.remove(kernel);
            hasKernels = !kernels.isEmpty();
        }
    }

    /** Closes every kernel; nobody may be executing one. */
    void closeKernels() {
        List<PreparedKernel> all;
        synchronized (kernels) {
            all = new ArrayList<>(kernels);
            kernels.clear();
            hasKernels = false;
        }
        all.forEach(PreparedKernel::close);
    }

    /** Forgets every kernel without closing it. */
    void forgetKernels() {
        synchronized (kernels) {
            kernels.forEach(kernel -> kernel.task().forget(kernel));
        }
    }

    /** Whether it can run anything. */
    boolean hasKernels() {
        return hasKernels;
    }

    @Nullable
    PreparedKernel anyKernel() {
        synchronized (kernels) {
            return kernels.isEmpty() ? null : kernels.iterator().next();
        }
    }

    /** Before the provider's code is called outside the worker; false if it is going. Paired with {@link #endLease}. */
    boolean beginLease() {
        synchronized (kernels) {
            if (condition == Condition.LEFT) {
                return false;
            }
            leases++;
            return true;
        }
    }

    void endLease() {
        synchronized (kernels) {
            leases--;
            kernels.notifyAll();
        }
    }

    /** After {@link #leave}: waits until nobody is inside the provider's code but perhaps the worker. */
    boolean awaitLeases(long nanos) throws InterruptedException {
        long deadline = System.nanoTime() + nanos;
        synchronized (kernels) {
            while (leases > 0) {
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (left <= 0) {
                    return false;
                }
                kernels.wait(left);
            }
            return true;
        }
    }

    // --- as policies and people see it ---

    /**
     * Round: fixes the availability that the policy sees. What runs is over when it was expected to be. On a simulated device that may
     * be long before it is: there the running task is expected to take its estimate once more, or as long again as it has run by the clock if
     * that is more. So a device that idles attracts what it would attract if it were real, and one that is busy for long does not
     * collect tasks as if it were free.
     */
    void observe(long nowNanos) {
        long ahead = expectedNanos.get();
        TaskRun current = running;
        if (current != null) {
            long elapsed = Math.max(0, nowNanos - runningSinceNanos);
            ahead += runningIsModelled
                    ? Math.max(0, elapsed - current.expectedNanos)
                    : -Math.min(current.expectedNanos, elapsed);
        }
        availableAtNanos = nowNanos + Math.max(0, ahead);
    }

    @Override
    public String id() {
        return descriptor.id();
    }

    @Override
    public String type() {
        return descriptor.type();
    }

    @Override
    public long availableAtNanos() {
        return availableAtNanos;
    }

    @Override
    public int queuedTasks() {
        return queuedTasks.get();
    }

    /**
     * Asks the PE whether it supports a layer. A PE that is leaving supports nothing; one that needs to know what its tensors
     * are is not asked about layers of which that is unknown.
     */
    public Support supports(LayerGraph graph, Layer layer) {
        if (!(element instanceof DynamicTensors) && touchesUnknownTensors(graph, layer)) {
            return Support.no(
                    Support.Cause.SHAPE, "the model does not say what its tensors are; the first request shows");
        }
        if (!beginLease()) {
            return Support.no(Support.Cause.OPERATOR, id() + " is leaving");
        }
        try {
            return element.supports(graph, layer);
        } finally {
            endLease();
        }
    }

    private static boolean touchesUnknownTensors(LayerGraph graph, Layer layer) {
        return Stream.concat(layer.inputs().stream(), layer.outputs().stream())
                .anyMatch(id -> id != Value.NONE && graph.value(id).type() instanceof AnyTensor);
    }

    /** Why it is quarantined, if it is. */
    public Optional<String> quarantineReason() {
        return condition == Condition.QUARANTINED ? Optional.of(reason) : Optional.empty();
    }

    /** A snapshot. */
    PeStatus status(long nowNanos) {
        boolean quarantined = condition != Condition.ACTIVE;
        Optional<String> parking = quarantined ? Optional.empty() : parkedReason();
        return new PeStatus(
                descriptor,
                domain.memory().space().name(),
                quarantined
                        ? PeStatus.State.QUARANTINED
                        : parking.isPresent() ? PeStatus.State.PARKED : PeStatus.State.ACTIVE,
                parking.orElse(reason),
                queuedTasks.get(),
                completedTasks.get(),
                failedTasks.get(),
                busyNanos.get(),
                nowNanos - arrivalNanos,
                cycles());
    }

    private Optional<CycleCount> cycles() {
        if (!(element instanceof CycleCounter counter) || !beginLease()) {
            return Optional.empty();
        }
        try {
            return Optional.of(counter.cycleCount());
        } finally {
            endLease();
        }
    }

    /** As the monitor sees it. */
    PeSample sample(long nowNanos) {
        // Read first: a task that ends meanwhile is then rather missed than counted twice.
        long busy = busyNanos.get();
        TaskRun current = running;
        long soFar = current == null ? 0 : Math.max(0, nowNanos - runningSinceNanos);
        return new PeSample(status(nowNanos), busy + soFar, meter.queueNanos(), meter.taskNanos());
    }

    @Override
    public String toString() {
        return descriptor.id();
    }
}
