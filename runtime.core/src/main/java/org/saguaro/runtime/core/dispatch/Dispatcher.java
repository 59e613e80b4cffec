// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.AccelException.Category;
import org.saguaro.accel.api.MemorySpace;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.InferenceResult;
import org.saguaro.runtime.core.PeStatus;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.TaskRecord.Outcome;
import org.saguaro.runtime.core.monitor.TraceLog;
import org.saguaro.runtime.core.policy.PolicySelector;
import org.saguaro.runtime.core.residency.MemoryDomain;
import org.saguaro.runtime.core.residency.TensorLostException;
import org.saguaro.scheduler.api.SchedulingPolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings ready tasks to PEs and their results to the next tasks, while PEs and policies come and go.
 *
 * <p>A task goes WAITING -> READY (all inputs complete) -> QUEUED (the policy gave it to a PE) -> RUNNING -> DONE. A task whose PE
 * goes, or whose kernel fails, returns to READY. A task whose kernel does not return is ABANDONED, and its request starts anew
 * on buffers that the lost kernel cannot touch.
 *
 * <p>Threads: whoever has an event (a submission, a completion, a PE that came or went) puts it into the inbox and calls
 * {@link #enter}. One thread at a time then runs rounds until the inbox is empty; the others go on at once, because that
 * thread sees their events too. From a completion to the next kernel nothing is allocated.
 */
public final class Dispatcher {

    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

    private static final int FAULTS_UNTIL_QUARANTINE = 3;
    private static final int ATTEMPTS_PER_TASK = 8;
    private static final int RESTARTS_PER_REQUEST = 8;
    private static final long FIRST_PROBE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long SLOWEST_PROBE_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long WATCH_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final PolicySelector policies;
    private final TraceLog trace;
    private final ScheduledExecutorService timer;
    private final long taskTimeoutNanos;
    private final long leaveGraceNanos;
    private final Future<?> watchdog;

    private final AtomicLong nextTaskId = new AtomicLong();
    private final AtomicInteger pendingEvents = new AtomicInteger();
    private final AtomicReference<@Nullable TaskRun> inbox = new AtomicReference<>();

    /** All PEs present, sorted by id; replaced as a whole under this object's lock. */
    private volatile PeHandle[] pes = new PeHandle[0];

    private final Map<MemorySpace, MemoryDomain> domains = new HashMap<>();
    private final Map<String, Long> probeDelayNanos = new HashMap<>();

    // Touched by the thread that runs rounds only.
    private final Round round = new Round();
    private TaskRun[] ready = new TaskRun[64];
    private int readyCount;

    /**
     * @param timer runs time-outs and probes
     * @param taskTimeoutNanos a kernel that runs longer is given up
     * @param leaveGraceNanos how long a leaving PE may finish the kernel it runs
     */
    public Dispatcher(
            PolicySelector policies,
            TraceLog trace,
            ScheduledExecutorService timer,
            long taskTimeoutNanos,
            long leaveGraceNanos) {
        this.policies = policies;
        this.trace = trace;
        this.timer = timer;
        this.taskTimeoutNanos = taskTimeoutNanos;
        this.leaveGraceNanos = leaveGraceNanos;
        this.watchdog = timer.scheduleWithFixedDelay(this::watch, WATCH_NANOS, WATCH_NANOS, TimeUnit.NANOSECONDS);
    }

    // --- PEs come and go ---

    /**
     * A PE came: starts its worker. It gets tasks as soon as plans have kernels on it.
     *
     * @throws IllegalArgumentException if its id is taken
     */
    public PeHandle addPe(ProcessingElement element) {
        PeHandle pe;
        synchronized (this) {
            PeHandle[] present = pes;
            String id = element.descriptor().id();
            if (Arrays.stream(present).anyMatch(p -> p.id().equals(id))) {
                throw new IllegalArgumentException(
                        "a PE with the id " + id + " is present already; ids must be unique");
            }
            int slot = 0;
            while (slotTaken(present, slot)) {
                slot++;
            }
            pe = new PeHandle(element, domainOf(element), slot, System.nanoTime());
            PeHandle[] next = Arrays.copyOf(present, present.length + 1);
            next[present.length] = pe;
            Arrays.sort(next, Comparator.comparing(PeHandle::id));
            pes = next;
        }
        Thread thread = new Thread(new Worker(pe, this), "saguaro-pe-" + pe.id());
        thread.setDaemon(true);
        thread.start();
        LOG.info("PE {} ({}) is here", pe.id(), pe.type());
        return pe;
    }

    /**
     * A PE goes. Its waiting tasks go elsewhere; the running one gets the grace period. Returns when the provider's code is
     * not used any more, or the grace is over.
     */
    public void removePe(ProcessingElement element) {
        PeHandle pe = null;
        boolean lastOfDomain = false;
        synchronized (this) {
            for (PeHandle candidate : pes) {
                if (candidate.element() == element) {
                    pe = candidate;
                }
            }
            if (pe == null) {
                return;
            }
            List<PeHandle> rest = new ArrayList<>(List.of(pes));
            rest.remove(pe);
            pes = rest.toArray(PeHandle[]::new);
            MemoryDomain domain = pe.domain();
            lastOfDomain = rest.stream().noneMatch(other -> other.domain() == domain);
            if (lastOfDomain) {
                domains.remove(domain.memory().space());
            }
        }
        List<TaskRun> waiting = pe.leave();
        waiting.forEach(this::ready);
        enter();
        boolean ended = false;
        try {
            ended = pe.awaitLeases(leaveGraceNanos) && pe.awaitWorkerEnd(leaveGraceNanos);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (lastOfDomain) {
            pe.domain().lose();
        }
        if (ended) {
            pe.closeKernels();
        } else {
            LOG.warn("PE {} left with a kernel that did not return; its task goes elsewhere", pe.id());
            abandonRunning(pe);
            pe.forgetKernels();
        }
        LOG.info("PE {} is gone", pe.id());
        enter();
    }

    /** Worker thread: nothing of the PE runs any more. */
    void workerEnded(PeHandle pe) {
        if (pe.isPresent()) {
            LOG.error("the worker of PE {} ended although the PE is present", pe.id());
            pe.quarantine("its worker thread ended").forEach(this::ready);
            enter();
        }
    }

    private static boolean slotTaken(PeHandle[] present, int slot) {
        return Arrays.stream(present).anyMatch(pe -> pe.slot() == slot);
    }

    private MemoryDomain domainOf(ProcessingElement element) {
        MemorySpace space = element.memory().space();
        if (space.equals(MemorySpace.HOST)) {
            return MemoryDomain.HOST;
        }
        return domains.computeIfAbsent(space, s -> new MemoryDomain(element.memory()));
    }

    /** A device is lost with all that is in its memory; should it come back, it starts with nothing. */
    private synchronized void loseDomain(MemoryDomain domain) {
        if (domain == MemoryDomain.HOST || domain.isLost()) {
            return;
        }
        domain.lose();
        MemoryDomain fresh = new MemoryDomain(domain.memory());
        domains.put(domain.memory().space(), fresh);
        for (PeHandle pe : pes) {
            if (pe.domain() == domain) {
                pe.domain(fresh);
            }
        }
    }

    /** Stops watching. Call when no request is on its way. */
    public void close() {
        watchdog.cancel(false);
    }

    /** The PEs present, by id. */
    public List<PeHandle> pes() {
        return List.of(pes);
    }

    /** Snapshots of the PEs present, by id. */
    public List<PeStatus> peStatus() {
        long now = System.nanoTime();
        return Arrays.stream(pes).map(pe -> pe.status(now)).toList();
    }

    /** Prepares a task on a PE, unless the PE is going. Slow. */
    public void prepare(PlanTask task, PeHandle pe) throws AccelException {
        if (!pe.beginLease()) {
            throw new AccelException(Category.UNSUPPORTED, pe.id() + " is leaving");
        }
        try {
            task.prepareOn(pe);
        } finally {
            pe.endLease();
        }
    }

    // --- requests ---

    /**
     * Starts a request on its owner's plan.
     *
     * @param inputs dense or strided, checked against the model
     * @throws RequestException if the owner's plan is retired, or memory is exhausted
     */
    public void submit(Request request, List<Tensor> inputs, long timeoutNanos) throws RequestException {
        ModelRun run = acquire(request.owner());
        if (run == null) {
            throw new RequestException(RequestException.Category.UNDEPLOYED, "the deployment is closed");
        }
        run.begin(request, nextTaskId.getAndAdd(run.tasks().length));
        try {
            List<Integer> ids = run.plan().graph().graph().inputs();
            for (int i = 0; i < ids.size(); i++) {
                HostTensors.fill(run.bufferOfValue(ids.get(i)), inputs.get(i));
            }
        } catch (AccelException e) {
            run.abort();
            throw new RequestException(RequestException.Category.REJECTED, messageOf(e), e);
        } catch (RuntimeException | Error e) {
            run.abort();
            throw e;
        }
        if (!request.move(null, run)) {
            // It ended while its inputs were copied; nobody else knows of the run.
            run.abort();
            return;
        }
        request.timer(timer.schedule(() -> timedOut(request, timeoutNanos), timeoutNanos, TimeUnit.NANOSECONDS));
        start(run);
    }

    /** A run on the owner's plan; null if it has none any more. */
    private static @Nullable ModelRun acquire(Request.Owner owner) {
        Plan plan = owner.plan();
        ModelRun run = plan.acquire();
        while (run == null && owner.plan() != plan) {
            // Another plan took its place between the two calls.
            plan = owner.plan();
            run = plan.acquire();
        }
        return run;
    }

    /** Lets the first tasks go, and with them the hold that {@link ModelRun#begin} gave. */
    private void start(ModelRun run) {
        TaskRun[] tasks = run.tasks();
        boolean empty = tasks.length == 0;
        for (int i = 0; i < tasks.length; i++) {
            if (tasks[i].task.definition().predecessors().isEmpty()) {
                becameReady(tasks[i]);
            }
        }
        if (empty) {
            complete(run);
        }
        run.taskLeft();
        enter();
    }

    private void timedOut(Request request, long timeoutNanos) {
        ModelRun run = request.run();
        String waiting = run == null ? "" : waitedFor(run);
        fail(
                request,
                RequestException.Category.TIMEOUT,
                "no result within " + TimeUnit.NANOSECONDS.toMillis(timeoutNanos) + " ms" + waiting,
                null);
        enter();
    }

    /** What kept a request from finishing, for its error message. */
    private String waitedFor(ModelRun run) {
        for (TaskRun task : run.tasks()) {
            switch (task.state.get()) {
                case READY -> {
                    boolean possible = Arrays.stream(pes).anyMatch(task::mayRunOn);
                    return possible
                            ? ": task " + task.task.label() + " was waiting for its turn"
                            : ": task " + task.task.label() + " was waiting for a processing element that supports it ("
                                    + task.task.definition().peTypes() + "); present: " + Arrays.toString(pes);
                }
                case QUEUED -> {
                    return ": task " + task.task.label() + " was queued on a processing element";
                }
                case RUNNING -> {
                    return ": task " + task.task.label() + " was running";
                }
                case WAITING, DONE, ABANDONED -> {
                    // Not what it waits for.
                }
            }
        }
        return "";
    }

    /** Fails every request of a deployment that is still on its way. */
    public void fail(Request request, RequestException.Category category, String message, @Nullable Throwable cause) {
        if (request.tryEnd()) {
            RequestException failure = new RequestException(category, message, cause);
            ModelRun run = request.run();
            if (run != null) {
                run.end();
            }
            request.owner().ended(request, System.nanoTime() - request.submittedNanos(), failure);
            request.future().completeExceptionally(failure);
        }
    }

    // --- what workers report ---

    void completed(
            TaskRun task,
            PeHandle pe,
            PreparedKernel kernel,
            MemoryDomain domain,
            long kernelNanos,
            long started,
            long finished) {
        ModelRun run = task.run;
        pe.countCompleted(finished - started);
        if (!task.state.compareAndSet(TaskRun.State.RUNNING, TaskRun.State.DONE)) {
            record(task, pe, started, finished, Outcome.ABANDONED);
            run.taskLeft();
            return;
        }
        kernel.completed(kernelNanos);
        record(task, pe, started, finished, Outcome.COMPLETED);
        boolean complete = false;
        if (run.isLive()) {
            for (int buffer : task.task.outputBuffers()) {
                run.buffer(buffer).publish(domain);
            }
            TaskRun[] tasks = run.tasks();
            for (int successor : task.task.successors()) {
                if (tasks[successor].pending.decrementAndGet() == 0) {
                    becameReady(tasks[successor]);
                }
            }
            complete = run.taskCompleted();
        }
        enter();
        if (complete) {
            complete(run);
        }
        run.taskLeft();
    }

    void failed(TaskRun task, PeHandle pe, AccelException failure, long started, long finished) {
        task.task.failed(pe, messageOf(failure));
        if (isFault(failure.category())) {
            LOG.warn("{} failed on PE {}: {}", task.task.label(), pe.id(), failure.getMessage());
            int faults = pe.countFault(finished - started);
            if (failure.category() == Category.DEVICE_LOST) {
                loseDomain(pe.domain());
            }
            if (failure.category() == Category.DEVICE_LOST || faults >= FAULTS_UNTIL_QUARANTINE) {
                quarantine(pe, failure.getMessage() + (faults > 1 ? " (" + faults + " faults in a row)" : ""));
            }
        }
        if (!task.state.compareAndSet(TaskRun.State.RUNNING, TaskRun.State.READY)) {
            record(task, pe, started, finished, Outcome.ABANDONED);
            task.run.taskLeft();
            return;
        }
        record(task, pe, started, finished, Outcome.FAILED);
        task.failures++;
        boolean otherTypesOnly =
                failure.category() == Category.INVALID_INPUT || failure.category() == Category.UNSUPPORTED;
        for (PeHandle other : pes) {
            if (other == pe || (otherTypesOnly && other.type().equals(pe.type()))) {
                task.exclude(other);
            }
        }
        boolean alternative = Arrays.stream(pes).anyMatch(task::mayRunOn);
        if (!alternative && failure.category() == Category.INVALID_INPUT) {
            fail(task.run.request(), RequestException.Category.INVALID_INPUT, messageOf(failure), failure);
        } else if (task.failures >= ATTEMPTS_PER_TASK) {
            fail(
                    task.run.request(),
                    RequestException.Category.FAILED,
                    task.task.label() + " failed " + task.failures + " times, the last time: " + failure.getMessage(),
                    failure);
        } else if (!alternative) {
            task.includeAll();
        }
        ready(task);
        enter();
    }

    private static String messageOf(Exception e) {
        return String.valueOf(e.getMessage());
    }

    private static boolean isFault(Category category) {
        return switch (category) {
            case KERNEL_FAILED, TIMEOUT, DEVICE_LOST -> true;
            case UNSUPPORTED, INVALID_INPUT, RESOURCE_EXHAUSTED -> false;
        };
    }

    /** An input of the task was lost with its device: its request starts anew. */
    void lostInput(TaskRun task) {
        if (task.state.compareAndSet(TaskRun.State.RUNNING, TaskRun.State.ABANDONED)) {
            restart(task.run, "a tensor was lost with its device");
        }
        task.run.taskLeft();
        enter();
    }

    /** Worker thread: what a probe found. */
    void probed(PeHandle pe, @Nullable AccelException failure) {
        if (failure != null) {
            scheduleProbe(pe);
            return;
        }
        synchronized (this) {
            probeDelayNanos.remove(pe.id());
        }
        pe.onProbation(FAULTS_UNTIL_QUARANTINE);
        if (pe.readmit()) {
            LOG.info("PE {} works again and is re-admitted", pe.id());
            enter();
        }
    }

    private void quarantine(PeHandle pe, String reason) {
        if (pe.isActive()) {
            LOG.warn("PE {} is quarantined: {}", pe.id(), reason);
            pe.quarantine(reason).forEach(this::ready);
            scheduleProbe(pe);
        }
    }

    private void scheduleProbe(PeHandle pe) {
        long delay;
        synchronized (this) {
            delay = probeDelayNanos.getOrDefault(pe.id(), FIRST_PROBE_NANOS);
            probeDelayNanos.put(pe.id(), Math.min(2 * delay, SLOWEST_PROBE_NANOS));
        }
        Future<?> probe = timer.schedule(pe::wantProbe, delay, TimeUnit.NANOSECONDS);
        if (probe.isCancelled()) {
            LOG.info("PE {} is not probed: the runtime is stopping", pe.id());
        }
    }

    /** Timer thread: gives up kernels that run too long. */
    private void watch() {
        try {
            giveUpHangingKernels();
        } catch (RuntimeException e) {
            // Thrown on, it would end the watch for good.
            LOG.error("the watchdog failed", e);
        }
    }

    private void giveUpHangingKernels() {
        long now = System.nanoTime();
        for (PeHandle pe : pes) {
            TaskRun running = pe.running();
            if (running != null
                    && now - pe.runningSinceNanos() > taskTimeoutNanos
                    && running.state.get() == TaskRun.State.RUNNING) {
                String reason = running.task.label() + " did not return within "
                        + TimeUnit.NANOSECONDS.toMillis(taskTimeoutNanos) + " ms";
                running.task.failed(pe, reason);
                quarantine(pe, reason);
                abandonRunning(pe);
                enter();
            }
        }
    }

    private void abandonRunning(PeHandle pe) {
        TaskRun task = pe.running();
        if (task != null && task.state.compareAndSet(TaskRun.State.RUNNING, TaskRun.State.ABANDONED)) {
            task.run.spoil();
            restart(task.run, "PE " + pe.id() + " did not return from " + task.task.label());
        }
    }

    /** Sends a request through the model once more, on other buffers, from its inputs. */
    private void restart(ModelRun old, String reason) {
        Request request = old.request();
        if (!old.isLive()) {
            return;
        }
        if (request.countRestart() > RESTARTS_PER_REQUEST) {
            fail(request, RequestException.Category.FAILED, "started anew too often; the last time: " + reason, null);
            return;
        }
        ModelRun run = acquire(request.owner());
        if (run == null) {
            fail(
                    request,
                    RequestException.Category.UNDEPLOYED,
                    "undeployed while it had to start anew: " + reason,
                    null);
            return;
        }
        run.begin(request, nextTaskId.getAndAdd(run.tasks().length));
        try {
            for (int id : run.plan().graph().graph().inputs()) {
                HostTensors.copy(old.bufferOfValue(id), run.bufferOfValue(id));
            }
        } catch (AccelException | TensorLostException e) {
            run.abort();
            fail(request, RequestException.Category.FAILED, "cannot start anew: " + e.getMessage(), e);
            return;
        }
        if (request.move(old, run)) {
            old.end();
            start(run);
        } else {
            run.abort();
        }
    }

    private void complete(ModelRun run) {
        Request request = run.request();
        List<Tensor> outputs;
        try {
            outputs = HostTensors.outputs(run);
        } catch (TensorLostException e) {
            restart(run, "an output was lost with its device");
            enter();
            return;
        } catch (AccelException e) {
            fail(request, RequestException.Category.FAILED, "the outputs could not be read: " + e.getMessage(), e);
            return;
        }
        if (request.tryEnd()) {
            long latency = System.nanoTime() - request.submittedNanos();
            run.end();
            request.owner().ended(request, latency, null);
            request.future().complete(new InferenceResult(request.id(), outputs, Duration.ofNanos(latency)));
        }
    }

    private void record(TaskRun task, PeHandle pe, long started, long finished, Outcome outcome) {
        trace.add(
                task.requestId(),
                task.task.plan().application(),
                task.task.definition().index(),
                task.task.label(),
                pe.id(),
                task.readyNanos,
                task.assignedNanos,
                started,
                finished,
                outcome);
    }

    // --- rounds ---

    /** A task's inputs are complete. */
    private void becameReady(TaskRun task) {
        task.run.taskEntered();
        task.state.set(TaskRun.State.READY);
        task.readyNanos = System.nanoTime();
        push(task);
    }

    /** A task that was on its way to a PE, or failed on it, needs another one. */
    void ready(TaskRun task) {
        task.state.set(TaskRun.State.READY);
        push(task);
    }

    private void push(TaskRun task) {
        TaskRun head;
        do {
            head = inbox.get();
            task.next = head;
        } while (!inbox.compareAndSet(head, task));
    }

    /** Runs rounds until there is nothing new, or lets the thread that is at it do so. */
    public void enter() {
        if (pendingEvents.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            runRound();
            seen = pendingEvents.addAndGet(-seen);
        } while (seen != 0);
    }

    private void runRound() {
        collectReady();
        if (readyCount == 0) {
            return;
        }
        round.begin(pes, System.nanoTime());
        int kept = 0;
        for (int i = 0; i < readyCount; i++) {
            TaskRun task = ready[i];
            if (!task.run.isLive()) {
                task.run.taskLeft();
            } else if (!round.show(task)) {
                ready[kept++] = task;
            }
        }
        if (round.shown() > 0) {
            decide();
        }
        for (int i = 0; i < round.shown(); i++) {
            TaskRun task = round.leftOut(i);
            if (task != null) {
                ready[kept++] = task;
            }
        }
        Arrays.fill(ready, kept, Math.max(kept, readyCount), null);
        readyCount = kept;
        place();
        round.end();
    }

    private void decide() {
        SchedulingPolicy policy = policies.enter();
        try {
            round.ask(policy);
        } catch (RuntimeException | Error e) {
            // Errors too: a policy whose bundle goes may lack a class, and nobody else could ever enter again.
            policies.discard(policy, e);
            round.forgetDecisions();
            round.ask(policies.own());
        } finally {
            policies.leave();
        }
        if (round.decisions() == 0 && round.everyPeIsIdle()) {
            // A policy may hold tasks back for later, but while nothing runs there will be no later.
            round.ask(policies.own());
        }
    }

    private void place() {
        long now = System.nanoTime();
        for (int i = 0; i < round.decisions(); i++) {
            TaskRun task = round.decidedTask(i);
            task.expectedNanos = round.decidedNanos(i);
            task.assignedNanos = now;
            task.state.set(TaskRun.State.QUEUED);
            if (!round.decidedPe(i).offer(task)) {
                // The PE left meanwhile; its going is an event of its own, so another round follows.
                ready(task);
                pendingEvents.incrementAndGet();
            }
        }
    }

    /** Moves the inbox to the end of the ready list, oldest first. */
    private void collectReady() {
        TaskRun newest = inbox.getAndSet(null);
        int count = 0;
        for (TaskRun task = newest; task != null; task = task.next) {
            count++;
        }
        if (readyCount + count > ready.length) {
            ready = Arrays.copyOf(ready, Math.max(2 * ready.length, readyCount + count));
        }
        int position = readyCount + count;
        TaskRun task = newest;
        while (task != null) {
            TaskRun following = task.next;
            task.next = null;
            ready[--position] = task;
            task = following;
        }
        readyCount += count;
    }
}
