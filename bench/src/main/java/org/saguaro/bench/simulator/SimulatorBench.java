// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.simulator;

import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.saguaro.bench.Figure;
import org.saguaro.bench.Sample;
import org.saguaro.runtime.core.simulation.Simulation;
import org.saguaro.runtime.core.simulation.SimulationObserver;
import org.saguaro.runtime.core.simulation.SimulationResult;
import org.saguaro.runtime.core.simulation.SimulationSettings;
import org.saguaro.runtime.core.simulation.Simulator;
import org.saguaro.scheduler.heuristics.all.AllPolicies;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Simulated tasks per second of one thread's processor time, which other programs on the machine disturb little, and what memory a simulation
 * holds after one and after ten times the simulated time. {@link MixedLoad} is what is simulated.
 */
@Command(
        name = "simulator",
        description = "The simulator: tasks per second, and memory over simulated time.",
        mixinStandardHelpOptions = true)
public final class SimulatorBench implements Callable<Integer> {

    private static final double BAR_TASKS_PER_SECOND = 1_000_000;
    private static final double BAR_MEMORY_RATIO = 1.1;
    private static final long PERIOD_NANOS = 4_000_000;
    private static final int TASKS_OF_TWO_REQUESTS = 641 - 1 + 10;
    private static final double MIB = 1024 * 1024;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--only", paramLabel = "NAME", description = "Only this policy; may be repeated.")
    private List<String> only = new ArrayList<>();

    @Option(
            names = "--tasks",
            paramLabel = "N",
            defaultValue = "2000000",
            description = "Simulated tasks per measurement; ${DEFAULT-VALUE} by default.")
    private long tasks;

    @Option(
            names = "--repeat",
            paramLabel = "N",
            defaultValue = "5",
            description = "Measurements per figure, of which the median counts; ${DEFAULT-VALUE} by default.")
    private int repeat;

    private final Simulation simulation = Simulator.simulation(MixedLoad.pool(), MixedLoad.applications());

    /** Made by picocli. */
    public SimulatorBench() {}

    /** Reads what it is told, and keeps sums of it. */
    private static final class Watching implements SimulationObserver {
        private long tasks;
        private long inTasksNanos;

        @Override
        public void task(
                long request,
                int application,
                int task,
                int pe,
                long readyNanos,
                long assignedNanos,
                long startedNanos,
                long finishedNanos) {
            tasks++;
            inTasksNanos += finishedNanos - readyNanos;
        }

        double meanMicros() {
            return inTasksNanos / 1e3 / tasks;
        }
    }

    @Override
    public Integer call() {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        for (String policy : only.isEmpty() ? List.of("rr", "met", "eft", "heft_rt", "etf") : only) {
            String name = "simulator." + policy;
            speed(policy, name, SimulationObserver.NONE).print(out);
            Watching watching = new Watching();
            speed(policy, name + ".observed", watching).print(out);
            new Figure(name + ".ready-to-done", watching.meanMicros(), "us/task", null).print(out);
        }
        memory(out);
        return 0;
    }

    private Figure speed(String policy, String name, SimulationObserver observer) {
        List<Double> tasksPerSecond = new ArrayList<>();
        for (int i = 0; i <= repeat; i++) {
            long start = THREADS.getCurrentThreadCpuTime();
            SimulationResult result = run(policy, tasks, observer);
            double seconds = (THREADS.getCurrentThreadCpuTime() - start) / 1e9;
            if (i > 0) {
                // The first one warms up.
                tasksPerSecond.add(result.tasks() / seconds);
            }
        }
        return new Figure(name, new Sample(tasksPerSecond).median(), "tasks/s", BAR_TASKS_PER_SECOND, true);
    }

    private SimulationResult run(String policy, long count, SimulationObserver observer) {
        long requests = 2 * count / TASKS_OF_TWO_REQUESTS;
        return simulation.run(
                AllPolicies.create(policy),
                MixedLoad.arrivals(requests, PERIOD_NANOS),
                SimulationSettings.DEFAULT,
                observer);
    }

    /** What a run holds shortly before its end. */
    private static final class HeapAtEnd implements SimulationObserver {
        private final long lastRequest;
        double mebibytes;

        HeapAtEnd(long requests) {
            lastRequest = requests - 1;
        }

        @Override
        public void request(
                long request, int application, int tenant, long arrivedNanos, long endedNanos, boolean dropped) {
            if (request == lastRequest) {
                System.gc();
                Runtime machine = Runtime.getRuntime();
                mebibytes = (machine.totalMemory() - machine.freeMemory()) / MIB;
            }
        }
    }

    private void memory(PrintWriter out) {
        double once = heapAtEnd(tasks);
        double tenTimes = heapAtEnd(10 * tasks);
        new Figure("simulator.memory.1x", once, "MiB", null).print(out);
        new Figure("simulator.memory.10x", tenTimes, "MiB", null).print(out);
        new Figure("simulator.memory.ratio", tenTimes / once, "10x/1x", BAR_MEMORY_RATIO).print(out);
    }

    private double heapAtEnd(long count) {
        HeapAtEnd heap = new HeapAtEnd(2 * count / TASKS_OF_TWO_REQUESTS);
        run("eft", count, heap);
        return heap.mebibytes;
    }
}
