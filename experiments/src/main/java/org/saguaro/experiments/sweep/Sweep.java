// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.sweep;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import org.saguaro.experiments.Policies;
import org.saguaro.experiments.pool.PoolException;
import org.saguaro.formats.progress.Progress;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.simulation.Pool;
import org.saguaro.runtime.core.simulation.Simulation;
import org.saguaro.runtime.core.simulation.SimulationResult;
import org.saguaro.runtime.core.simulation.SimulationSettings;
import org.saguaro.runtime.core.simulation.Simulator;

/**
 * Simulates all points of a sweep, each on one thread, and writes what they came to into a folder: {@code results.csv} as they are done,
 * then summary, plots and page. Points that the folder has already are not simulated again. Thread-safe.
 */
public final class Sweep {

    private static final int NAMED_FAILURES = 10;

    private final Policies policies;
    private final BiFunction<Pool, List<ApplicationProfile>, Simulation> simulator;

    /**
     * @param policies those that can be simulated
     */
    public Sweep(Policies policies) {
        this(policies, Simulator::simulation);
    }

    /** With another simulator. */
    Sweep(Policies policies, BiFunction<Pool, List<ApplicationProfile>, Simulation> simulator) {
        this.policies = policies;
        this.simulator = simulator;
    }

    /**
     * What is simulated.
     *
     * @param platform makes the pools
     * @param workload applications and requests
     * @param inputs what the workload was made of, by names for people: a change is noticed when a sweep is continued
     */
    public record Task(
            SweepDescription description, SweepPlatform platform, SweepWorkload workload, Map<String, String> inputs) {}

    /**
     * What came out.
     *
     * @param points how many the sweep has
     * @param found those of them that were there already
     * @param simulated those of them that were simulated now
     * @param failures what went wrong with points that are therefore missing; the first ones
     * @param interrupted whether it was stopped before its end
     */
    public record Outcome(
            int points, int found, int simulated, List<String> failures, boolean interrupted, SweepSummary summary) {

        public Outcome {
            failures = List.copyOf(failures);
        }

        /** Whether all points are there. */
        public boolean isComplete() {
            return found + simulated == points;
        }
    }

    /**
     * Does it.
     *
     * @param folder made if it is missing
     * @param jobs how many simulations at a time; at least 1
     * @param restart whether points that the folder has are forgotten
     * @param err gets the progress
     * @return also if the thread is interrupted, which then stays interrupted; the folder has what was complete
     * @throws SweepException if the sweep cannot be done, or the folder is of another one
     */
    public Outcome run(Task task, Path folder, int jobs, boolean restart, PrintStream err)
            throws IOException, PoolException, SweepException {
        SweepDescription description = task.description();
        List<ApplicationProfile> applications = task.workload().applications();
        requirePolicies(description);
        requireRates(description, task.workload());
        SweepPlan plan = SweepPlan.of(description, task.platform(), applications, simulator);
        SweepFolder results = new SweepFolder(folder);
        if (restart) {
            PointStore.requireUnused(results.results());
            results.clear();
        }
        results.open(plan, applications, task.inputs());
        Run run;
        int found;
        try (PointStore store = PointStore.open(results.results(), plan)) {
            found = store.complete();
            run = new Run(plan, task.workload(), store);
            run.all(jobs, err);
            store.putInOrder();
        }
        boolean complete = found + run.simulated.get() == plan.size();
        SweepSummary summary = SweepSummary.of(results.results(), plan, complete);
        summary.write(results);
        if (run.interrupted) {
            // Not before: an interrupted thread cannot use channels, and there was something to write.
            Thread.currentThread().interrupt();
        } else {
            new SweepPage(plan, summary).write(results);
        }
        return new Outcome(plan.size(), found, run.simulated.get(), run.failures(), run.interrupted, summary);
    }

    private void requirePolicies(SweepDescription description) throws SweepException {
        List<String> names = policies.names();
        for (String policy : description.policies()) {
            if (!names.contains(policy)) {
                throw new SweepException("sweep " + description.name() + ": policies: found \"" + policy
                        + "\", expected some of " + String.join(", ", names));
            }
        }
    }

    /** Better before the first point than in all of them. */
    private static void requireRates(SweepDescription description, SweepWorkload workload) throws SweepException {
        for (Rate rate : description.rates()) {
            try {
                workload.arrivals(rate, description.seeds().get(0));
            } catch (IllegalArgumentException e) {
                throw new SweepException("sweep " + description.name() + ": rate " + rate + ": " + e.getMessage());
            }
        }
    }

    /** The points of one call that are still to be simulated. */
    private final class Run {
        private final SweepPlan plan;
        private final SweepWorkload workload;
        private final PointStore store;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger simulated = new AtomicInteger();
        private final AtomicBoolean stopped = new AtomicBoolean();
        private final List<String> failures = Collections.synchronizedList(new ArrayList<>());
        private final AtomicInteger failed = new AtomicInteger();
        private boolean interrupted;

        Run(SweepPlan plan, SweepWorkload workload, PointStore store) {
            this.plan = plan;
            this.workload = workload;
            this.store = store;
        }

        void all(int jobs, PrintStream err) throws IOException {
            int missing = plan.size() - store.complete();
            if (missing == 0) {
                return;
            }
            AtomicInteger names = new AtomicInteger();
            ExecutorService threads = Executors.newFixedThreadPool(
                    Math.min(jobs, missing), work -> new Thread(work, "saguaro-sweep-" + names.getAndIncrement()));
            try (Progress progress = Progress.start("sweep", missing, err)) {
                List<Future<?>> workers = new ArrayList<>();
                for (int i = 0; i < Math.min(jobs, missing); i++) {
                    workers.add(threads.submit(() -> {
                        work(progress);
                        return null;
                    }));
                }
                threads.shutdown();
                await(workers);
            } finally {
                threads.shutdownNow();
            }
        }

        /** Waits for all; the first exception ends them all. */
        private void await(List<Future<?>> workers) throws IOException {
            Throwable failure = null;
            for (int i = 0; i < workers.size(); ) {
                try {
                    workers.get(i).get();
                    i++;
                } catch (InterruptedException e) {
                    interrupted = true;
                    stopped.set(true);
                } catch (ExecutionException e) {
                    failure = failure == null ? e.getCause() : failure;
                    stopped.set(true);
                    i++;
                }
            }
            if (failure instanceof IOException e) {
                throw e;
            } else if (failure instanceof Error e) {
                throw e;
            } else if (failure != null) {
                throw new IllegalStateException(failure);
            }
        }

        private void work(Progress progress) throws IOException {
            PointRows rows = new PointRows(plan);
            int candidate = -1;
            Simulation simulation = null;
            for (int number = next.getAndIncrement();
                    number < plan.size() && !stopped.get();
                    number = next.getAndIncrement()) {
                if (store.has(number)) {
                    continue;
                }
                SweepPoint point = plan.point(number);
                try {
                    if (simulation == null || candidate != plan.candidate(number)) {
                        candidate = plan.candidate(number);
                        simulation = simulator.apply(point.pool(), workload.applications());
                    }
                    simulate(point, simulation, rows);
                } catch (RuntimeException e) {
                    // One policy's bug at one rate is no reason to lose the night's other points.
                    if (failed.getAndIncrement() < NAMED_FAILURES) {
                        failures.add(point + ": " + (e.getMessage() == null ? e.toString() : e.getMessage()));
                    }
                }
                progress.step();
            }
        }

        private void simulate(SweepPoint point, Simulation simulation, PointRows rows) throws IOException {
            rows.reset();
            SimulationResult result;
            try (Policies.Lease lease = policies.create(point.policy())) {
                result = simulation.run(
                        lease.policy(),
                        watched(workload.arrivals(point.rate(), point.seed())),
                        SimulationSettings.DEFAULT.withSeed(point.seed()),
                        rows);
            }
            if (result.interrupted() || stopped.get()) {
                return;
            }
            store.append(point.number(), rows.of(point, result));
            simulated.incrementAndGet();
        }

        /** Ends early when the sweep is stopped: what is then simulated is thrown away. */
        private org.saguaro.runtime.core.simulation.Arrivals watched(
                org.saguaro.runtime.core.simulation.Arrivals arrivals) {
            return into -> !stopped.get() && arrivals.next(into);
        }

        List<String> failures() {
            List<String> all = new ArrayList<>(failures);
            Collections.sort(all);
            int more = failed.get() - all.size();
            if (more > 0) {
                all.add("and " + more + " more");
            }
            return all;
        }
    }
}
