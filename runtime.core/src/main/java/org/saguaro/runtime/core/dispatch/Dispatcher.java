// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.AccelException.Category;
import org.saguaro.accel.api.DeviceMemory;
import org.saguaro.accel.api.MemorySpace;
import org.saguaro.accel.api.PeShape;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.DeploymentException;
import org.saguaro.runtime.core.InferenceResult;
import org.saguaro.runtime.core.MeasuredError;
import org.saguaro.runtime.core.PeStatus;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.TaskRecord.Outcome;
import org.saguaro.runtime.core.cost.PowerModel;
import org.saguaro.runtime.core.cost.TransferModel;
import org.saguaro.runtime.core.dispatch.Request.TensorOwner;
import org.saguaro.runtime.core.host.ModelRaisedException;
import org.saguaro.runtime.core.monitor.PeSample;
import org.saguaro.runtime.core.monitor.RoundMeter;
import org.saguaro.runtime.core.monitor.TaskLabel;
import org.saguaro.runtime.core.monitor.TraceLog;
import org.saguaro.runtime.core.policy.PolicySelector;
import org.saguaro.runtime.core.residency.MemoryDomain;
import org.saguaro.runtime.core.residency.TensorLostException;
import org.saguaro.runtime.core.residency.ValueBuffer;
import org.saguaro.scheduler.api.ReadyTask;
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
    private final TransferModel transfers;
    private final PowerModel power;
    private final ScheduledExecutorService timer;
    private final long taskTimeoutNanos;
    private final long leaveGraceNanos;
    private final Future<?> watchdog;
    private final Consumer<Request> cancel = this::cancel;

    private final AtomicLong nextTaskId = new AtomicLong();
    private final AtomicInteger pendingEvents = new AtomicInteger();
    private final AtomicReference<@Nullable TaskRun> inbox = new AtomicReference<>();

    /** All PEs present, sorted by id; replaced as a whole under this object's lock. */
    private volatile PeHandle[] pes = new PeHandle[0];

    private final Map<MemorySpace, MemoryDomain> domains = new HashMap<>();
    private final Map<String, Long> probeDelayNanos = new HashMap<>();
    private final Shapes shapes = new Shapes();
    private final ExecutorService configuring =
            Executors.newSingleThreadExecutor(task -> daemon(task, "saguaro-configure"));
    private final Overlays overlays = new Overlays(configuring, this::readmitShape, this::rested);
    /** Tasks that the last round left in the ready list. */
    private final AtomicInteger waitingTasks = new AtomicInteger();

    /** Told once when tasks are ready. */
    private volatile @Nullable Runnable onActivity;

    // Touched by the thread that runs rounds only.
    private final Round round = new Round();
    private final RoundMeter meter = new RoundMeter();
    /** Ready tasks that the round does not show: first those that no PE can take now, then those that are new. */
    private TaskRun[] ready = new TaskRun[64];

    private int readyCount;
    private int stuckCount;
    /** Whether tasks that the round shows may have ended, or PEs may have changed what they can take. */
    private volatile boolean showAgain;

    /**
     * @param timer runs time-outs and probes
     * @param taskTimeoutNanos a kernel that runs longer is given up
     * @param leaveGraceNanos how long a leaving PE may finish the kernel it runs
     */
    public Dispatcher(
            PolicySelector policies,
            TraceLog trace,
            TransferModel transfers,
            PowerModel power,
            ScheduledExecutorService timer,
            long taskTimeoutNanos,
            long leaveGraceNanos) {
        this.policies = policies;
        this.trace = trace;
        this.transfers = transfers;
        this.power = power;
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
            pe = new PeHandle(
                    element, domainOf(element), power.draw(element.descriptor()), slot, trace, System.nanoTime());
            PeHandle[] next = Arrays.copyOf(present, present.length + 1);
            next[present.length] = pe;
            Arrays.sort(next, Comparator.comparing(PeHandle::id));
            pes = next;
        }
        settleShapes();
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
        settleShapes();
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
            settleShapes();
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
        return domains.computeIfAbsent(space, s -> domainOf(element.memory()));
    }

    private MemoryDomain domainOf(DeviceMemory memory) {
        MemorySpace space = memory.space();
        return new MemoryDomain(
                memory, transfers.estimate(MemorySpace.HOST, space), transfers.estimate(space, MemorySpace.HOST));
    }

    /** A device is lost with all that is in its memory; should it come back, it starts with nothing. */
    private synchronized void loseDomain(MemoryDomain domain) {
        if (domain == MemoryDomain.HOST || domain.isLost()) {
            return;
        }
        domain.lose();
        MemoryDomain fresh = domainOf(domain.memory());
        domains.put(domain.memory().space(), fresh);
        for (PeHandle pe : pes) {
            if (pe.domain() == domain) {
                pe.domain(fresh);
            }
        }
    }

    // --- PEs that are parked ---

    /**
     * Puts a shape of a group to work; its other shapes are parked. Returns at once: the PEs of the shape begin when the kernels that
     * the others run have ended, and, where it has to be brought about, when it has been.
     *
     * @throws IllegalArgumentException if no PE present has this shape
     */
    public void reshape(PeShape shape) {
        PeHandle[] present = pes;
        if (!overlays.want(shape, present, System.nanoTime()) && !shapes.want(shape, present)) {
            List<PeShape> known = Arrays.stream(present)
                    .map(PeHandle::shape)
                    .filter(Objects::nonNull)
                    .distinct()
                    .toList();
            throw new IllegalArgumentException("no processing element has the shape " + shape + "; there are "
                    + (known.isEmpty() ? "none" : known));
        }
        settleShapes();
        enter();
    }

    /** Tasks that wait for some PE, or are queued or running on a PE of a group: how many could use its hardware now, about. */
    public int runnableTasks(String group) {
        int tasks = waitingTasks.getAcquire();
        for (PeHandle pe : pes) {
            PeShape shape = pe.shape();
            if (shape != null && shape.group().equals(group)) {
                tasks += pe.queuedTasks();
            }
        }
        return tasks;
    }

    /** Has {@code listener} called once, when a round has ready tasks, on its thread; it returns at once. */
    public void onNextActivity(Runnable listener) {
        onActivity = listener;
    }

    /** The groups of PEs that share hardware, by name. */
    public List<ShapeGroup> shapes() {
        PeHandle[] present = pes;
        return Stream.concat(shapes.status(present).stream(), overlays.status(present).stream())
                .sorted(Comparator.comparing(ShapeGroup::name))
                .toList();
    }

    /**
     * A group of PEs that share hardware, now.
     *
     * @param name of the group
     * @param active name of the shape at work, or taking over
     * @param shapes how many PEs each of its shapes has, by name
     * @param handingOver whether the active shape waits for kernels of another to end, or is being brought about
     * @param overlay of a group whose shapes have to be brought about; null for others
     */
    public record ShapeGroup(
            String name,
            String active,
            SortedMap<String, Integer> shapes,
            boolean handingOver,
            @Nullable OverlayState overlay) {}

    /**
     * What is known of a group whose shapes have to be brought about.
     *
     * @param configurationNanos what bringing each shape about is expected to take
     * @param problem why the last change failed; empty if it did not
     * @param changes shapes brought about, the first one not counted
     * @param failures attempts that failed
     * @param paidNanos time that all of them took
     */
    public record OverlayState(
            SortedMap<String, Long> configurationNanos, String problem, int changes, int failures, long paidNanos) {}

    /** Tasks that wait for some PE, or are queued or running on one. */
    public int tasksOnTheirWay() {
        int tasks = waitingTasks.getAcquire();
        for (PeHandle pe : pes) {
            tasks += pe.queuedTasks();
        }
        return tasks;
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    /** Its shape was brought about: what was wrong with the PEs of the shape is over, as far as anybody knows. */
    private void readmitShape(PeHandle configured) {
        for (PeHandle pe : pes) {
            if (Objects.equals(configured.shape(), pe.shape()) && !pe.isSound()) {
                synchronized (this) {
                    probeDelayNanos.remove(pe.id());
                }
                pe.onProbation(FAULTS_UNTIL_QUARANTINE);
                if (pe.readmit()) {
                    LOG.info("PE {} begins anew with its overlay", pe.id());
                }
            }
        }
    }

    /**
     * Takes a PE out by hand, under load: what waits for it goes elsewhere, what it runs goes on. It stays out until {@link #unpark},
     * whichever shape its hardware has.
     *
     * @throws IllegalArgumentException if it is not present
     */
    public void park(String peId, String why) {
        PeHandle pe = present(peId);
        pe.park(PeHandle.Parking.HAND, why).forEach(this::ready);
        settleShapes();
        LOG.info("PE {} is parked: {}", peId, why);
        enter();
    }

    /**
     * Takes a PE back in that was taken out by hand.
     *
     * @return false if it was not out
     * @throws IllegalArgumentException if it is not present
     */
    public boolean unpark(String peId) {
        PeHandle pe = present(peId);
        if (!pe.isParked(PeHandle.Parking.HAND)) {
            return false;
        }
        pe.unpark(PeHandle.Parking.HAND);
        settleShapes();
        LOG.info("PE {} is not parked any more", peId);
        enter();
        return true;
    }

    private PeHandle present(String peId) {
        PeHandle[] present = pes;
        return Arrays.stream(present)
                .filter(pe -> pe.id().equals(peId))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "no processing element " + peId + "; present: " + Arrays.toString(present)));
    }

    /** A parked PE has ended a kernel, for which another shape may have waited; or a shape was brought about, or could not be. */
    void rested() {
        settleShapes();
        enter();
    }

    /** To be called after every change of what PEs take. */
    private void settleShapes() {
        showAgain = true;
        PeHandle[] present = pes;
        long now = System.nanoTime();
        shapes.settle(present, now).forEach(this::ready);
        overlays.settle(present, now).forEach(this::ready);
    }

    /** Stops watching. Call when no request is on its way. */
    public void close() {
        watchdog.cancel(false);
        configuring.shutdownNow();
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

    /** The PEs present as the monitor sees them, by id. */
    public List<PeSample> peSamples() {
        long now = System.nanoTime();
        return Arrays.stream(pes).map(pe -> pe.sample(now)).toList();
    }

    /** What scheduling costs; turned on and off there, for what the PEs' tasks take too. */
    public RoundMeter meter() {
        return meter;
    }

    /** The memories of the PEs present, each once. */
    public List<DeviceMemory> memories() {
        return Stream.concat(
                        Stream.of(MemoryDomain.HOST.memory()),
                        Arrays.stream(pes).map(pe -> pe.domain().memory()))
                .distinct()
                .toList();
    }

    /**
     * Runs every kernel of a plan that may compute less exactly than the CPU on the inputs that a rehearsal kept, and tells it how far it is from
     * the CPU's answers. The workers of the PEs do that when nothing waits for them, a kernel at a time. PEs that get no tasks now are left out.
     *
     * @param inputs what the inputs were, for people
     */
    public void measureErrors(Plan plan, Rehearsal rehearsal, String inputs) throws InterruptedException {
        for (PlanTask task : plan.tasks()) {
            for (Plan nested : task.nested()) {
                measureErrors(nested, rehearsal, inputs);
            }
            Rehearsal.Sample sample = rehearsal.sample(task);
            if (sample != null && sample.byReference()) {
                for (PreparedKernel kernel : task.kernels()) {
                    if (kernel != null && !kernel.pe().isReference()) {
                        measureError(kernel, sample, inputs);
                    }
                }
            }
        }
    }

    private static void measureError(PreparedKernel kernel, Rehearsal.Sample sample, String inputs)
            throws InterruptedException {
        PeHandle pe = kernel.pe();
        try {
            boolean done = pe.isActive()
                    && Errand.run(pe, () -> {
                        MeasuredError error = KernelTrial.run(kernel, sample, inputs);
                        if (error != null) {
                            kernel.error(error);
                        }
                    });
            if (!done) {
                LOG.debug(
                        "{}: {} gets no tasks now, so its error is not measured",
                        kernel.task().label(),
                        pe.id());
            }
        } catch (AccelException e) {
            LOG.warn("{}: the error of {} is not measured: {}", kernel.task().label(), pe.id(), e.getMessage());
        }
    }

    /**
     * Prepares a task on a PE, unless the PE is going. Slow.
     *
     * @param calibrates whether a kernel that wants to see its inputs waits for {@link Plan#calibrate}
     */
    public void prepare(PlanTask task, PeHandle pe, boolean calibrates) throws AccelException {
        if (!pe.beginLease()) {
            throw new AccelException(Category.UNSUPPORTED, pe.id() + " is leaving");
        }
        try {
            task.prepareOn(pe, calibrates);
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
    public void submit(Request request, List<Tensor> inputs) throws RequestException {
        request.onCancel(cancel);
        ModelRun run = begin(request);
        if (run == null) {
            throw new RequestException(RequestException.Category.UNDEPLOYED, "the deployment is closed");
        }
        try {
            RequestInputs.write(inputs, run);
        } catch (AccelException | TensorLostException e) {
            abort(run);
            throw new RequestException(RequestException.Category.REJECTED, messageOf(e), e);
        } catch (RuntimeException | Error e) {
            abort(run);
            throw e;
        }
        if (!request.move(null, run)) {
            // It ended while its inputs were copied; nobody else knows of the run.
            abort(run);
            return;
        }
        startTimer(request);
        SessionStates session = request.session();
        if (session == null) {
            start(run);
        } else {
            session.takeTurn(() -> startInTurn(run, session));
        }
    }

    /** One timer for whatever ends the request first by itself. */
    private void startTimer(Request request) {
        long end = request.terms().endNanos();
        if (end != ReadyTask.NO_DEADLINE) {
            long left = Math.max(0, end - System.nanoTime());
            request.timer(timer.schedule(() -> timeOut(request), left, TimeUnit.NANOSECONDS));
        }
    }

    /**
     * Starts requests that take tensors by reference. Their tasks become ready all at once, so that a round sees them together. Never
     * throws: a request that cannot begin fails.
     *
     * @param count how many of the array
     */
    public void call(TensorOwner[] owners, int count) {
        TaskRun newest = null;
        TaskRun oldest = null;
        for (int i = 0; i < count; i++) {
            TaskRun task = beginCall(owners[i]);
            if (task != null) {
                oldest = oldest == null ? task : oldest;
                task.next = newest;
                newest = task;
            }
        }
        if (newest != null && oldest != null) {
            push(newest, oldest);
            enter();
        }
    }

    /** The task of a call, ready but not in the inbox; null if the call has ended. */
    private @Nullable TaskRun beginCall(TensorOwner owner) {
        Request request = owner.request();
        ModelRun run = begin(request);
        if (run == null) {
            fail(request, RequestException.Category.UNDEPLOYED, "its kernels were closed", null);
            return null;
        }
        LayerGraph graph = run.plan().graph().graph();
        try {
            for (int i = 0; i < graph.inputs().size(); i++) {
                run.write(graph.inputs().get(i), owner.input(i));
            }
            for (int i = 0; i < graph.outputs().size(); i++) {
                ValueBuffer spare = owner.spare(i);
                if (spare != null) {
                    run.write(((Argument.Ref) graph.outputs().get(i)).value(), spare);
                    spare.release();
                }
            }
        } catch (AccelException | TensorLostException | RuntimeException e) {
            abort(run);
            fail(request, RequestException.Category.FAILED, messageOf(e), e);
            return null;
        }
        if (!request.move(null, run)) {
            abort(run);
            return null;
        }
        TaskRun task = run.tasks()[0];
        run.taskEntered();
        // Not the last user: the task is on its way now.
        run.leave();
        task.state.set(TaskRun.State.READY);
        task.readyNanos = System.nanoTime();
        return task;
    }

    /** A call is complete: its tensors go to its owner as they are. */
    private void handOver(ModelRun run, TensorOwner owner) {
        Request request = run.request();
        List<Argument> wanted = run.plan().graph().graph().outputs();
        ValueBuffer[] outputs = new ValueBuffer[wanted.size()];
        try {
            for (int i = 0; i < outputs.length; i++) {
                outputs[i] = run.buffer(run.plan().slots().of(((Argument.Ref) wanted.get(i)).value()));
            }
        } catch (RuntimeException e) {
            fail(request, RequestException.Category.FAILED, e.toString(), e);
            return;
        }
        if (request.tryEnd()) {
            for (ValueBuffer output : outputs) {
                output.retain();
            }
            long latency = System.nanoTime() - request.submittedNanos();
            end(run);
            owner.received(request, outputs, latency);
        }
    }

    /** A run of a request on its owner's plan, begun; null if there is no plan any more. */
    private @Nullable ModelRun begin(Request request) {
        Request.Owner owner = request.owner();
        Plan plan = owner.plan(request);
        ModelRun run = plan.acquire();
        while (run == null && owner.plan(request) != plan) {
            // Another plan took its place between the two calls.
            plan = owner.plan(request);
            run = plan.acquire();
        }
        if (run != null) {
            run.begin(
                    request,
                    nextTaskId.getAndAdd(run.tasks().length),
                    owner.wantsObservation(request, plan) ? new Observation() : null);
        }
        return run;
    }

    /** Ends a pass that was begun and not started. */
    private void abort(ModelRun run) {
        end(run);
        goOn(left(run, null));
    }

    /** The request is over for this run, which goes back to its plan as soon as none of its tasks is on its way. */
    private static void end(ModelRun root) {
        if (root.end()) {
            root.giveBack();
        }
    }

    private void startInTurn(ModelRun run, SessionStates session) {
        if (!run.request().beginTurn()) {
            session.endTurn();
            goOn(left(run, null));
        } else if (writeStates(run, session)) {
            start(run);
        } else {
            goOn(left(run, null));
        }
    }

    /** Gives a run its session's states; false if that failed, and the request with it. */
    private boolean writeStates(ModelRun run, @Nullable SessionStates session) {
        try {
            if (session != null) {
                session.handTo(run);
            }
            return true;
        } catch (AccelException | TensorLostException e) {
            fail(
                    run.request(),
                    RequestException.Category.FAILED,
                    "the model's state cannot be read: " + e.getMessage(),
                    e);
            return false;
        }
    }

    /** Lets the first tasks of a root run go, and with them the hold that {@link ModelRun#begin} gave. */
    private void start(ModelRun run) {
        TaskRun core = startTasks(run, null);
        // First what PEs can do meanwhile.
        enter();
        goOn(core);
    }

    /** Makes the first tasks ready and lets go of the run; returns what the core has to do, before {@code core}. */
    private @Nullable TaskRun startTasks(ModelRun run, @Nullable TaskRun core) {
        TaskRun[] tasks = run.tasks();
        TaskRun first = core;
        for (int i = 0; i < tasks.length; i++) {
            if (tasks[i].task.definition().predecessors().isEmpty()) {
                first = becameReady(tasks[i], first);
            }
        }
        if (tasks.length == 0 && run.parent() == null) {
            complete(run);
        }
        return left(run, first);
    }

    /** A request is over its time: fails it, and says what it waited for. Calls have no timer: their owner's watch calls this. */
    public void timeOut(Request request) {
        ModelRun run = request.run();
        String waiting = run == null ? "" : waitedFor(run);
        Terms terms = request.terms();
        boolean deadline = terms.endsByDeadline();
        fail(
                request,
                deadline ? RequestException.Category.DEADLINE : RequestException.Category.TIMEOUT,
                "no result within "
                        + TimeUnit.NANOSECONDS.toMillis(terms.endNanos() - request.submittedNanos())
                        + (deadline ? " ms, its hard deadline" : " ms") + waiting,
                null);
        enter();
    }

    /** Its caller does not want a request any more. */
    private void cancel(Request request) {
        fail(request, RequestException.Category.CANCELLED, "its caller cancelled it", null);
        enter();
    }

    /** What kept a request from finishing, for its error message. */
    private String waitedFor(ModelRun run) {
        Request request = run.request();
        if (request.session() != null && !request.hadTurn()) {
            return ": it was waiting for the requests before it in its session";
        }
        for (TaskRun task : run.tasks()) {
            switch (task.state.get()) {
                case READY -> {
                    boolean possible = Arrays.stream(pes).anyMatch(task::mayRunOn);
                    return possible
                            ? ": task " + task.task.label() + " was waiting for its turn"
                            : ": task " + task.task.label() + " was waiting for a processing element that supports it ("
                                    + task.task.definition().peTypes() + "); present: "
                                    + Arrays.stream(pes)
                                            .map(pe -> pe.isParked() ? pe + " (parked)" : pe.toString())
                                            .toList();
                }
                case QUEUED -> {
                    return ": task " + task.task.label() + " was queued on a processing element";
                }
                case RUNNING -> {
                    ModelRun child = task.child;
                    String inside = child == null ? "" : waitedFor(child);
                    return inside.isEmpty() ? ": task " + task.task.label() + " was running" : inside;
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
                end(run);
                showAgain = true;
            }
            request.owner().ended(request, System.nanoTime() - request.submittedNanos(), failure);
            request.completeFailed(failure);
            endTurn(request);
            leaveQueues();
        }
    }

    /** Takes tasks of requests that have ended out of the PEs' queues, where they would wait behind what runs now. */
    private void leaveQueues() {
        for (PeHandle pe : pes) {
            pe.takeEnded().forEach(task -> leave(task.run));
        }
    }

    private static void endTurn(Request request) {
        SessionStates session = request.session();
        if (session != null && request.hadTurn()) {
            session.endTurn();
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
        run.request().terms().tenant().usedPe(finished - started);
        if (!task.state.compareAndSet(TaskRun.State.RUNNING, TaskRun.State.DONE)) {
            record(task, pe, started, finished, Outcome.ABANDONED);
            leave(run);
            return;
        }
        kernel.completed(kernelNanos);
        if (meter.isOn()) {
            pe.meter().completed(started - task.assignedNanos, finished - started);
        }
        record(task, pe, started, finished, Outcome.COMPLETED);
        TaskRun core = null;
        boolean complete = false;
        if (run.isLive()) {
            for (int buffer : task.task.outputBuffers()) {
                run.buffer(buffer).publish(domain);
            }
            if (run.observation() != null) {
                observe(task);
            }
            if (run.request().owner() instanceof Rehearsal rehearsal) {
                rehearsal.completed(task, pe);
            }
            core = releaseSuccessors(task);
            complete = run.taskCompleted();
        }
        if (complete && run.parent() == null && run.request().owner() instanceof TensorOwner owner) {
            // Before the round, which then sees the calls that waited for these tensors.
            handOver(run, owner);
            complete = false;
        }
        enter();
        if (complete && run.parent() == null) {
            complete(run);
        }
        goOn(left(run, core));
    }

    /** Notes what a kernel has made. */
    private static void observe(TaskRun task) {
        List<Integer> values = task.task.outputValues();
        int[] slots = task.task.outputBuffers();
        for (int i = 0; i < slots.length; i++) {
            try {
                task.run.observe(values.get(i), task.run.buffer(slots[i]));
            } catch (TensorLostException e) {
                // Whoever reads it will notice, and the request starts anew.
                LOG.debug("{} was lost before it could be looked at", values.get(i));
            }
        }
    }

    /** Makes ready what waited for a task alone; returns those of them that the core does. */
    private @Nullable TaskRun releaseSuccessors(TaskRun task) {
        TaskRun core = null;
        TaskRun[] tasks = task.run.tasks();
        for (int successor : task.task.successors()) {
            if (tasks[successor].pending.decrementAndGet() == 0) {
                core = becameReady(tasks[successor], core);
            }
        }
        return core;
    }

    // --- what the core does itself ---

    /** Does tasks of the core, those that follow from them too. */
    private void goOn(@Nullable TaskRun first) {
        TaskRun core = first;
        if (core == null) {
            return;
        }
        while (core != null) {
            TaskRun task = core;
            core = task.next;
            task.next = null;
            core = advance(task, core);
        }
        enter();
    }

    /** Begins a task of the core, or goes on with it after its child run was left; returns what the core has to do next. */
    private @Nullable TaskRun advance(TaskRun task, @Nullable TaskRun rest) {
        ModelRun run = task.run;
        ModelRun child = task.child;
        CoreTask core = task.task.core();
        if (core == null) {
            throw new IllegalStateException(task.task.label() + " is no task of the core");
        }
        ModelRun next = null;
        boolean succeeded = false;
        if (run.isLive() && (child == null || child.isComplete())) {
            long begin = System.nanoTime();
            try {
                next = child == null ? core.begin(task, this::beginChild) : core.resume(task, child, this::beginChild);
                succeeded = true;
                task.task.tookOnCore(System.nanoTime() - begin);
            } catch (TensorLostException e) {
                restart(run.root(), "a tensor was lost with its device");
            } catch (ModelRaisedException e) {
                failCore(task, RequestException.Category.INVALID_INPUT, messageOf(e), e);
            } catch (AccelException | DeploymentException e) {
                failCore(task, RequestException.Category.FAILED, messageOf(e), e);
            } catch (RuntimeException | Error e) {
                LOG.error("{} failed in the core", task.task.label(), e);
                failCore(task, RequestException.Category.FAILED, e.toString(), e);
            }
        }
        if (child != null) {
            task.child = null;
            child.giveBack();
        }
        ModelRun begun = task.begun;
        task.begun = null;
        if (!succeeded) {
            if (begun != null) {
                begun.giveBack();
            }
            task.state.set(TaskRun.State.ABANDONED);
            return left(run, rest);
        }
        if (next != null) {
            task.child = next;
            return startTasks(next, rest);
        }
        task.state.set(TaskRun.State.DONE);
        task.task.ranOnCore();
        TaskRun ready = append(releaseSuccessors(task), rest);
        if (run.taskCompleted() && run.parent() == null) {
            complete(run);
        }
        return left(run, ready);
    }

    private static @Nullable TaskRun append(@Nullable TaskRun first, @Nullable TaskRun rest) {
        if (first == null) {
            return rest;
        }
        TaskRun last = first;
        for (TaskRun next = last.next; next != null; next = next.next) {
            last = next;
        }
        last.next = rest;
        return first;
    }

    private void failCore(TaskRun task, RequestException.Category category, String message, Throwable cause) {
        fail(task.run.request(), category, task.task.label() + ": " + message, cause);
    }

    private ModelRun beginChild(Plan plan, TaskRun parent) {
        ModelRun child = plan.acquire();
        if (child == null) {
            throw new IllegalStateException("the plan of a nested graph was retired before the plan around it");
        }
        child.beginChild(parent, nextTaskId.getAndAdd(child.tasks().length));
        parent.begun = child;
        return child;
    }

    /** A task of a run is on its way no more. */
    void leave(ModelRun run) {
        goOn(left(run, null));
    }

    /**
     * A task of a run is on its way no more. Returns what the core has to do, before {@code core}: if a child run was left, the
     * task that waits for it.
     */
    private static @Nullable TaskRun left(ModelRun run, @Nullable TaskRun core) {
        if (!run.leave()) {
            return core;
        }
        TaskRun parent = run.parent();
        if (parent == null) {
            run.giveBack();
            return core;
        }
        parent.next = core;
        return parent;
    }

    // --- what goes wrong ---

    void failed(TaskRun task, PeHandle pe, AccelException failure, long started, long finished) {
        task.task.failed(pe, messageOf(failure));
        task.run.request().terms().tenant().usedPe(finished - started);
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
            leave(task.run);
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
            restart(task.run.root(), "a tensor was lost with its device");
        }
        leave(task.run);
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
            settleShapes();
            LOG.info("PE {} works again and is re-admitted", pe.id());
            enter();
        }
    }

    private void quarantine(PeHandle pe, String reason) {
        if (pe.isSound()) {
            LOG.warn("PE {} is quarantined: {}", pe.id(), reason);
            pe.quarantine(reason).forEach(this::ready);
            settleShapes();
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
            PeHandle[] present = pes;
            if (shapes.isHandingOver(present) || overlays.isChanging(present)) {
                settleShapes();
                enter();
            }
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
            if (pe.errandNanos(now) > taskTimeoutNanos) {
                quarantine(
                        pe,
                        "a kernel whose error is being measured did not return within "
                                + TimeUnit.NANOSECONDS.toMillis(taskTimeoutNanos) + " ms");
            }
        }
    }

    private void abandonRunning(PeHandle pe) {
        TaskRun task = pe.running();
        if (task != null && task.state.compareAndSet(TaskRun.State.RUNNING, TaskRun.State.ABANDONED)) {
            task.run.spoil();
            restart(task.run.root(), "PE " + pe.id() + " did not return from " + task.task.label());
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
        ModelRun run = begin(request);
        if (run == null) {
            fail(
                    request,
                    RequestException.Category.UNDEPLOYED,
                    "undeployed while it had to start anew: " + reason,
                    null);
            return;
        }
        try {
            RequestInputs.share(old, run);
        } catch (AccelException | TensorLostException e) {
            abort(run);
            fail(request, RequestException.Category.FAILED, "cannot start anew: " + e.getMessage(), e);
            return;
        }
        if (request.move(old, run)) {
            end(old);
            showAgain = true;
            if (writeStates(run, request.session())) {
                start(run);
            } else {
                leave(run);
            }
        } else {
            abort(run);
        }
    }

    private void complete(ModelRun run) {
        Request request = run.request();
        SessionStates session = request.session();
        List<Tensor> outputs;
        Map<String, @Nullable Object> states;
        try {
            outputs = HostTensors.outputs(run);
            states = SessionStates.of(run, session != null);
        } catch (TensorLostException e) {
            restart(run, "an output was lost with its device");
            enter();
            return;
        } catch (AccelException e) {
            fail(request, RequestException.Category.FAILED, "the outputs could not be read: " + e.getMessage(), e);
            return;
        }
        Observation observation = run.observation();
        if (request.tryEnd()) {
            long latency = System.nanoTime() - request.submittedNanos();
            if (session != null) {
                session.keep(states);
            }
            Plan plan = run.plan();
            end(run);
            if (observation != null) {
                request.owner().observed(request, plan, observation);
            }
            request.owner().ended(request, latency, null);
            request.future().complete(new InferenceResult(request.id(), outputs, Duration.ofNanos(latency)));
            endTurn(request);
        } else {
            SessionStates.drop(states);
        }
    }

    /** Worker of the PE. */
    private static void record(TaskRun task, PeHandle pe, long started, long finished, Outcome outcome) {
        TaskLabel label = task.task.traceLabel();
        long request = task.requestId();
        if (task.run.request().owner() instanceof TensorOwner call) {
            // Calls of several applications share plans.
            label = new TaskLabel(call.application(), call.traceTask(), label.layers());
            request = call.traceRequest();
        }
        pe.trace().add(request, label, task.readyNanos, task.assignedNanos, started, finished, outcome);
    }

    // --- rounds ---

    /** A task's inputs are complete. Returns what the core has to do: {@code core}, and before it the task if it is the core's. */
    private @Nullable TaskRun becameReady(TaskRun task, @Nullable TaskRun core) {
        task.run.taskEntered();
        if (task.task.isCore()) {
            task.state.set(TaskRun.State.RUNNING);
            task.next = core;
            return task;
        }
        if (task.run.request().owner() instanceof Rehearsal rehearsal) {
            rehearsal.restrict(task, pes);
        }
        task.state.set(TaskRun.State.READY);
        task.readyNanos = System.nanoTime();
        push(task);
        return core;
    }

    /** A task that was on its way to a PE, or failed on it, needs another one. */
    void ready(TaskRun task) {
        task.state.set(TaskRun.State.READY);
        push(task);
    }

    private void push(TaskRun task) {
        push(task, task);
    }

    /** Puts a chain of tasks into the inbox at once. */
    private void push(TaskRun newest, TaskRun oldest) {
        TaskRun head;
        do {
            head = inbox.get();
            oldest.next = head;
        } while (!inbox.compareAndSet(head, newest));
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
        if (readyCount == 0 && round.shown() == 0) {
            return;
        }
        Runnable listener = onActivity;
        if (listener != null) {
            onActivity = null;
            listener.run();
        }
        long now = System.nanoTime();
        meter.begin(now);
        round.begin(pes, now);
        if (showAgain || round.canShowAny(ready, stuckCount)) {
            showAgain = false;
            takeBackShown();
        }
        TaskRun droppedCore = showReady();
        int shown = round.shown();
        if (shown > 0) {
            decide();
        }
        if (round.drops() > 0) {
            droppedCore = dropDecided(droppedCore);
        }
        long decided = System.nanoTime();
        int placed = round.decisions();
        droppedCore = place(droppedCore, decided);
        round.end();
        int left = readyCount + round.shown();
        waitingTasks.setRelease(left);
        if (shown > 0) {
            meter.end(shown, placed, left, decided);
        }
        goOn(droppedCore);
    }

    /** Takes all tasks out of the round, to be looked at anew: after those that no PE could take, before the new ones. */
    private void takeBackShown() {
        int shown = round.shown();
        int count = readyCount + shown;
        if (count > ready.length) {
            ready = Arrays.copyOf(ready, Math.max(2 * ready.length, count));
        }
        System.arraycopy(ready, stuckCount, ready, stuckCount + shown, readyCount - stuckCount);
        round.takeBack(ready, stuckCount);
        readyCount = count;
    }

    /** Shows the policy what some PE can take; the round keeps it until it is placed. Only what is new costs something here. */
    private @Nullable TaskRun showReady() {
        int kept = 0;
        TaskRun droppedCore = null;
        for (int i = 0; i < readyCount; i++) {
            TaskRun task = ready[i];
            if (!task.run.isLive()) {
                droppedCore = left(task.run, droppedCore);
            } else if (!round.show(task)) {
                ready[kept++] = task;
            }
        }
        Arrays.fill(ready, kept, readyCount, null);
        readyCount = kept;
        stuckCount = kept;
        return droppedCore;
    }

    /** Fails the requests that the policy gave up; what else it decided about them comes to nothing. */
    private @Nullable TaskRun dropDecided(@Nullable TaskRun core) {
        long now = System.nanoTime();
        TaskRun first = core;
        for (int i = 0; i < round.shown(); i++) {
            TaskRun task = round.dropped(i);
            if (task != null) {
                Request request = task.run.request();
                fail(
                        request,
                        RequestException.Category.DEADLINE,
                        "dropped by the scheduling policy " + millis(now - request.submittedNanos())
                                + " ms after its submission: it saw no hope for its hard deadline at "
                                + millis(request.terms().hardDeadlineNanos() - request.submittedNanos()) + " ms",
                        null);
                first = left(task.run, first);
            }
        }
        // Those left out may have been left out for their sake.
        pendingEvents.incrementAndGet();
        return first;
    }

    private static long millis(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(nanos);
    }

    private void decide() {
        SchedulingPolicy policy = policies.enter();
        meter.beginPolicy();
        try {
            round.ask(policy);
        } catch (RuntimeException | Error e) {
            // Errors too: a policy whose bundle goes may lack a class, and nobody else could ever enter again.
            policies.discard(policy, e);
            round.forgetDecisions();
            round.ask(policies.own());
        } finally {
            meter.endPolicy();
            policies.leave();
        }
        if (round.decisions() == 0 && round.drops() == 0 && round.everyPeIsIdle()) {
            // A policy may hold tasks back for later, but while nothing runs there will be no later.
            round.ask(policies.own());
        }
    }

    private @Nullable TaskRun place(@Nullable TaskRun core, long now) {
        TaskRun first = core;
        for (int i = 0; i < round.decisions(); i++) {
            TaskRun task = round.decidedTask(i);
            if (!task.run.isLive()) {
                first = left(task.run, first);
                continue;
            }
            task.expectedNanos = round.decidedNanos(i);
            task.assignedNanos = now;
            task.state.set(TaskRun.State.QUEUED);
            PeHandle pe = round.decidedPe(i);
            if (!pe.offer(task)) {
                // The PE left meanwhile; its going is an event of its own, so another round follows.
                ready(task);
                pendingEvents.incrementAndGet();
            } else if (!pe.isActive()) {
                // It left while it took the task, which then may have come too late to be handed back with the others.
                pe.drain().forEach(this::ready);
                pendingEvents.incrementAndGet();
            }
        }
        return first;
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
