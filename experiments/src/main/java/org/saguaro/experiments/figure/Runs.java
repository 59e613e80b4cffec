// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.figure;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.saguaro.experiments.Policies;
import org.saguaro.formats.progress.Progress;
import org.saguaro.runtime.core.simulation.Simulation;
import org.saguaro.runtime.core.simulation.SimulationObserver;
import org.saguaro.runtime.core.simulation.SimulationResult;
import org.saguaro.runtime.core.simulation.SimulationSettings;

/** Many simulations, on all cores. Used by one thread. */
final class Runs {

    private static final int STOP_SECONDS = 30;

    private final Policies policies;
    private final Progress progress;

    Runs(Policies policies, Progress progress) {
        this.policies = policies;
        this.progress = progress;
    }

    /** Whether there is a policy of that name. */
    boolean has(String policy) {
        return policies.names().contains(policy);
    }

    /** One simulation. */
    record Run(
            Simulation simulation, String policy, List<Injection> injections, long seed, SimulationObserver observer) {}

    /**
     * Runs them.
     *
     * @return what each came to, in their order; empty where this thread was interrupted before its end, and then it still is
     */
    List<Optional<SimulationResult>> all(List<Run> runs) {
        ExecutorService threads = Executors.newFixedThreadPool(
                Runtime.getRuntime().availableProcessors(), task -> new Thread(task, "saguaro-simulation"));
        List<Future<SimulationResult>> futures = new ArrayList<>();
        for (Run run : runs) {
            futures.add(threads.submit(() -> one(run)));
        }
        try {
            for (Future<SimulationResult> future : futures) {
                future.get();
            }
        } catch (InterruptedException e) {
            stop(threads);
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            stop(threads);
            throw new IllegalStateException(e.getCause());
        } finally {
            threads.shutdown();
        }
        return futures.stream().map(Runs::finished).toList();
    }

    private SimulationResult one(Run run) {
        try (Policies.Lease lease = policies.create(run.policy())) {
            SimulationResult result = run.simulation()
                    .run(
                            lease.policy(),
                            Injection.arrivals(run.injections()),
                            SimulationSettings.DEFAULT.withSeed(run.seed()),
                            run.observer());
            progress.step();
            return result;
        }
    }

    /** The simulations end soon after their threads are interrupted. */
    private static void stop(ExecutorService threads) {
        threads.shutdownNow();
        try {
            if (!threads.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("simulations do not end within " + STOP_SECONDS + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Optional<SimulationResult> finished(Future<SimulationResult> future) {
        if (!future.isDone() || future.isCancelled()) {
            return Optional.empty();
        }
        try {
            return Optional.of(future.get()).filter(result -> !result.interrupted());
        } catch (InterruptedException | ExecutionException e) {
            return Optional.empty();
        }
    }
}
