// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.application;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.RequestException.Category;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.layers.LayerApplication;
import org.saguaro.runtime.core.layers.LayerOptions;
import org.saguaro.runtime.core.layers.LayerSession;
import org.saguaro.runtime.core.layers.Layers;
import org.saguaro.runtime.core.simulation.ApplicationProfile;

/**
 * An application on the Layer API: every instance runs on a thread and in a session of its own. There are {@value #MOST_THREADS} threads at
 * most; beyond, {@value #MOST_WAITING} instances wait, and more are refused.
 */
final class LayerTarget implements Target {

    static final int MOST_THREADS = 64;
    static final int MOST_WAITING = 1024;
    private static final long END_SECONDS = 10;

    private final String name;
    private final LayerApplication application;
    private final Layers layers;
    private final ThreadPoolExecutor threads;
    private volatile boolean cancelled;

    LayerTarget(String name, LayerApplication application, Layers layers) {
        this.name = name;
        this.application = application;
        this.layers = layers;
        AtomicInteger made = new AtomicInteger();
        threads = new ThreadPoolExecutor(
                MOST_THREADS,
                MOST_THREADS,
                1,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(MOST_WAITING),
                task -> new Thread(task, "saguaro-" + name + "-" + made.incrementAndGet()));
        threads.allowCoreThreadTimeOut(true);
    }

    @Override
    public String title() {
        return name;
    }

    @Override
    public String contents() {
        return "an application on the Layer API";
    }

    @Override
    public int samples() {
        return application.samples();
    }

    @Override
    public long inputBits() {
        return application.inputBits();
    }

    @Override
    public String metric() {
        return "right results";
    }

    @Override
    public void send(int sample, RequestOptions options, Consumer<End> end) {
        long sent = System.nanoTime();
        try {
            threads.execute(() -> end.accept(run(sample, options, sent)));
        } catch (RejectedExecutionException e) {
            String message =
                    cancelled ? "cancelled" : MOST_THREADS + " instances run and " + MOST_WAITING + " wait already";
            end.accept(new End(
                    System.nanoTime(),
                    new RequestException(cancelled ? Category.CANCELLED : Category.REJECTED, message, e),
                    null,
                    End.UNKNOWN));
        }
    }

    private End run(int sample, RequestOptions options, long sentNanos) {
        RequestException failure;
        try {
            if (cancelled) {
                throw new InterruptedException();
            }
            RequestOptions left = options(options, System.nanoTime() - sentNanos);
            try (LayerSession session = layers.open(name, LayerOptions.DEFAULT.withCall(left))) {
                LayerApplication.Outcome outcome = application.run(session, sample);
                return new End(
                        System.nanoTime(),
                        null,
                        () -> new Judge.Verdict(outcome.answer(), outcome.expected(), outcome.right() ? 1 : 0, 1),
                        session.number());
            }
        } catch (RequestException e) {
            failure = e;
        } catch (InterruptedException e) {
            failure = new RequestException(Category.CANCELLED, "cancelled", e);
        } catch (RejectedExecutionException e) {
            failure = new RequestException(Category.REJECTED, String.valueOf(e.getMessage()), e);
        } catch (RuntimeException e) {
            failure = cancelled
                    ? new RequestException(Category.CANCELLED, "cancelled", e)
                    : new RequestException(Category.FAILED, "the application failed: " + e, e);
        }
        return new End(System.nanoTime(), failure, null, End.UNKNOWN);
    }

    /** Those of the instance's calls, when some of its time is over already. */
    private static RequestOptions options(RequestOptions options, long overNanos) throws RequestException {
        if (options.hardDeadline().isPresent() && options.hardDeadline().get().toNanos() <= overNanos) {
            throw new RequestException(Category.DEADLINE, "the hard deadline passed while it waited for a thread");
        }
        if (options.timeout().toNanos() <= overNanos) {
            throw new RequestException(Category.TIMEOUT, "the time-out passed while it waited for a thread");
        }
        return new RequestOptions(
                options.timeout().minusNanos(overNanos),
                options.tenant(),
                options.priority(),
                // A deadline that has passed is one that could not be more pressing.
                options.softDeadline().map(d -> Duration.ofNanos(Math.max(1, d.toNanos() - overNanos))),
                left(options.hardDeadline(), overNanos),
                options.value());
    }

    private static Optional<Duration> left(Optional<Duration> deadline, long overNanos) {
        return deadline.map(d -> d.minusNanos(overNanos));
    }

    @Override
    public ApplicationProfile profile() throws RequestException, InterruptedException {
        try (LayerSession session = layers.open(name, LayerOptions.DEFAULT.withRecording())) {
            LayerApplication.Outcome unused = application.run(session, 0);
            session.awaitCalls();
            ApplicationProfile profile = session.profile();
            return new ApplicationProfile(name, inputBits(), profile.kernels(), profile.tasks());
        }
    }

    @Override
    public String placement() {
        return "";
    }

    @Override
    public void cancel() {
        cancelled = true;
        // Those that wait are not lost: each is told.
        threads.shutdownNow().forEach(Runnable::run);
    }

    @Override
    public void close() {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
                threads.shutdownNow();
            }
        } catch (InterruptedException e) {
            threads.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
