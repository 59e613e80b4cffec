// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.run;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.saguaro.experiments.application.Judge;
import org.saguaro.experiments.application.Target;
import org.saguaro.formats.progress.Progress;
import org.saguaro.runtime.core.Monitor;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.SaguaroRuntime;
import org.saguaro.runtime.core.SchedulingRound;
import org.saguaro.runtime.core.TaskRecord;

/**
 * Writes down a run while it goes on, on a thread of its own: requests as they end, judged here and not where they are answered, rounds a
 * few times a second, tasks before the core's memory of them is full.
 */
final class LiveRecorder implements AutoCloseable {

    private static final long TICK_MILLIS = 200;
    private static final int ROUNDS_KEPT = 1 << 17;
    /** A quarter of what the core keeps by default; below, the trace is read once, at the end, and costs the run nothing. */
    private static final long TASKS_PER_READING = 16_384;

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** Ids, in the trace, of requests that are many of the runtime's, or none; no runtime counts that far. */
    private static final long FIRST_SYNTHETIC_ID = 1_000_000_000_000L;

    private final SaguaroRuntime runtime;
    private final Monitor monitor;
    private final RunFolder folder;
    private final long beginNanos;
    private final Progress progress;
    private final BlockingQueue<Ended> ended = new LinkedBlockingQueue<>();
    private final AtomicLong sent = new AtomicLong();
    private final Thread thread;

    /** The recording thread's. */
    private final Map<String, Long> lastFinished = new HashMap<>();

    private long tasksRead;
    private boolean traceOver;
    private long lastEndNanos;

    // Guarded by this.
    private long recorded;
    private boolean closing;
    private @Nullable IOException failure;

    private record Ended(long request, int stream, long number, long arrivalNanos, Target.End end) {}

    LiveRecorder(SaguaroRuntime runtime, Monitor monitor, RunFolder folder, long beginNanos, Progress progress) {
        this.runtime = runtime;
        this.monitor = monitor;
        this.folder = folder;
        this.beginNanos = beginNanos;
        this.progress = progress;
        tasksRead = completedTasks();
        monitor.keepRounds(ROUNDS_KEPT);
        thread = new Thread(this::record, "saguaro-results");
        thread.setDaemon(true);
        thread.start();
    }

    /** A request is about to be sent; returns its number. */
    long sent() {
        return sent.getAndIncrement();
    }

    /** Any thread. */
    void ended(long request, int stream, long number, long arrivalNanos, Target.End end) {
        ended.add(new Ended(request, stream, number, arrivalNanos, end));
    }

    /** Returns when everything that was sent has ended and is written down. */
    synchronized void awaitEnds() throws InterruptedException, IOException {
        while (recorded < sent.get()) {
            throwIfFailed();
            wait();
        }
    }

    /** As {@link #awaitEnds}, for some seconds, whoever interrupts. */
    synchronized void awaitEndsOfCancelled() throws IOException {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        for (long left = PATIENCE_NANOS; recorded < sent.get() && left > 0; left = deadline - System.nanoTime()) {
            throwIfFailed();
            try {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            } catch (InterruptedException e) {
                // Said once is enough: that is what is being done.
            }
        }
    }

    private synchronized void throwIfFailed() throws IOException {
        if (failure != null) {
            throw failure;
        }
    }

    /** From the beginning to the end of the last request. After the close. */
    long elapsedNanos() {
        return lastEndNanos;
    }

    // --- the recording thread ---

    private void record() {
        long nextTick = System.nanoTime();
        try {
            while (!isOver()) {
                Ended one = ended.poll(TICK_MILLIS, TimeUnit.MILLISECONDS);
                if (one != null) {
                    write(one);
                }
                if (System.nanoTime() - nextTick >= 0) {
                    tick(false);
                    nextTick = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS);
                }
            }
            tick(true);
        } catch (IOException e) {
            fail(e);
        } catch (InterruptedException e) {
            fail(new IOException("the thread that writes results was interrupted", e));
        } catch (RuntimeException e) {
            fail(new IOException("results cannot be written down: " + e, e));
        }
    }

    private synchronized boolean isOver() {
        return closing && ended.isEmpty();
    }

    private synchronized void fail(IOException reason) {
        failure = reason;
        notifyAll();
    }

    private void write(Ended one) throws IOException {
        Target.End end = one.end();
        RequestException reason = end.failure();
        Target.Answer answer = end.answer();
        Judge.Verdict verdict = answer == null ? null : answer.judge();
        long endNanos = end.endedNanos() - beginNanos;
        lastEndNanos = Math.max(lastEndNanos, endNanos);
        folder.request(new RequestRow(
                one.request(),
                one.stream(),
                one.number(),
                one.arrivalNanos(),
                endNanos,
                reason == null ? Outcome.COMPLETED : Outcome.of(reason.category()),
                reason == null ? "" : String.valueOf(reason.getMessage()),
                verdict,
                end.runtimeRequest() == Target.End.UNKNOWN
                        ? FIRST_SYNTHETIC_ID + one.request()
                        : end.runtimeRequest()));
        synchronized (this) {
            recorded++;
            notifyAll();
        }
    }

    private void tick(boolean last) throws IOException {
        for (SchedulingRound round : monitor.takeRounds()) {
            long at = round.begunNanos() - beginNanos;
            if (at >= 0) {
                folder.round(at, round.readyTasks(), round.decisions(), OptionalLong.of(round.decidingNanos()));
            }
        }
        long completed = completedTasks();
        if (last || completed - tasksRead >= TASKS_PER_READING) {
            tasks(completed - tasksRead);
            tasksRead = completed;
        }
        folder.flush();
        progress.to((System.nanoTime() - beginNanos) / 1_000_000);
    }

    private long completedTasks() {
        return runtime.processingElements().stream()
                .mapToLong(pe -> pe.completedTasks())
                .sum();
    }

    /** Records come in the order in which a PE finishes: what is not later than its last one is known. */
    private void tasks(long completed) throws IOException {
        if (traceOver) {
            folder.omittedTasks(completed);
            return;
        }
        traceOver = folder.isTraceFull(System.nanoTime() - beginNanos);
        Map<String, Long> known = new HashMap<>(lastFinished);
        for (TaskRecord task : runtime.trace()) {
            long finished = task.finishedNanos() - beginNanos;
            if (task.readyNanos() - beginNanos >= 0 && finished > known.getOrDefault(task.peId(), Long.MIN_VALUE)) {
                lastFinished.merge(task.peId(), finished, Math::max);
                folder.task(new TaskRecord(
                        task.requestId(),
                        task.application(),
                        task.task(),
                        task.layers(),
                        task.peId(),
                        task.readyNanos() - beginNanos,
                        task.assignedNanos() - beginNanos,
                        task.startedNanos() - beginNanos,
                        finished,
                        task.outcome()));
            }
        }
    }

    /** Ends when everything that has ended is written. */
    @Override
    public void close() throws IOException {
        synchronized (this) {
            closing = true;
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        monitor.keepRounds(0);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        throwIfFailed();
    }
}
