// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.TaskRecord;
import org.saguaro.runtime.core.TaskRecord.Outcome;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.simulation.Arrivals;
import org.saguaro.runtime.core.simulation.KernelProfile;
import org.saguaro.runtime.core.simulation.Pool;
import org.saguaro.runtime.core.simulation.RequestTimes;
import org.saguaro.runtime.core.simulation.RequestTimes.Run;
import org.saguaro.runtime.core.simulation.RequestTimes.TaskTimes;
import org.saguaro.runtime.core.simulation.Simulation;
import org.saguaro.runtime.core.simulation.SimulationObserver;
import org.saguaro.runtime.core.simulation.SimulationSettings;
import org.saguaro.runtime.core.simulation.Simulator;
import org.saguaro.runtime.core.simulation.TaskProfile;
import org.saguaro.runtime.core.simulation.TaskProfile.Input;

/** What is told of a trace, task by task, and that a replay which goes by it is the run again. */
class RecordedTimesTest {

    private static final RunTrace.Header HEADER = new RunTrace.Header(
            "2026-11-24T03:00:00Z",
            "ef",
            List.of(
                    new RunTrace.Pe("cpu0", "cpu", Pool.HOST, 0, 0, false),
                    new RunTrace.Pe("cpu1", "cpu", Pool.HOST, 0, 0, false),
                    new RunTrace.Pe("fft0", "fft", Pool.HOST, 0, 0, false)),
            List.of(),
            List.of());

    private static KernelProfile kernel(String name, double cpu, double fft) {
        return new KernelProfile(
                name,
                0,
                0,
                List.of(new KernelProfile.Cost("cpu", cpu, cpu / 2), new KernelProfile.Cost("fft", fft, fft / 3)));
    }

    private static TaskProfile task(String label, int kernel, long delayNanos, int... after) {
        List<Input> inputs = new ArrayList<>();
        for (int task : after) {
            inputs.add(new Input(task, 0));
        }
        return new TaskProfile(label, kernel, inputs, 0, 0, delayNanos);
    }

    /** Two transforms, a decision of the core, a loop of two turns. */
    private static final ApplicationProfile APPLICATION = new ApplicationProfile(
            "app",
            0,
            List.of(kernel("transform", 40_000, 25_000), kernel("turn", 12_000, 30_000)),
            List.of(
                    task("transform", 0, 700),
                    task("transform", 0, 1_500),
                    task("decide", TaskProfile.NO_KERNEL, 3_000, 0, 1),
                    task("turn", 1, 0, 2),
                    task("turn", 1, 100, 3)));

    // --- a trace by hand ---

    private static TaskRecord record(
            int task, String label, String pe, long ready, long assigned, long started, long finished) {
        return new TaskRecord(7, "app", task, label, pe, ready, assigned, started, finished, Outcome.COMPLETED);
    }

    private static RunTrace byHand(TaskRecord... tasks) {
        return new RunTrace(
                HEADER,
                List.of(APPLICATION),
                List.of(RunTrace.Request.of(
                        7, "app", 100, 2_000, RequestOptions.DEFAULT, 1, RunTrace.Request.COMPLETED)),
                List.of(tasks),
                true);
    }

    @Test
    void tellsWhatEachTaskWaitedForAndTook() {
        RunTrace trace = byHand(
                record(1, "transform", "cpu0", 121, 130, 410, 700),
                record(0, "transform", "cpu0", 120, 130, 140, 400),
                record(3, "turn", "fft0", 900, 905, 1_000, 1_100),
                // Left out of two rounds, the first of which may have begun before it was ready.
                record(3, "turn", "cpu1", 1_110, 1_500, 1_520, 1_800),
                new TaskRecord(8, "app", 0, "x", "fft0", 1_111, 1_120, 1_130, 1_140, Outcome.COMPLETED),
                new TaskRecord(8, "app", 0, "x", "fft0", 1_121, 1_150, 1_160, 1_170, Outcome.COMPLETED));

        assertThat(RecordedTimes.of(trace))
                .containsOnlyKeys(7L)
                .containsEntry(
                        7L,
                        new RequestTimes(
                                List.of(
                                        new TaskTimes(30, new Run("cpu", 10, 260)),
                                        new TaskTimes(30, new Run("cpu", 10, 290)),
                                        new TaskTimes(0, null),
                                        new TaskTimes(205, new Run("fft", 95, 100)),
                                        new TaskTimes(50, new Run("cpu", 20, 280))),
                                200));
    }

    @Test
    void tellsNothingOfARequestThatIsNotAllThere() {
        TaskRecord[] tasks = {
            record(0, "transform", "cpu0", 120, 130, 140, 400),
            record(1, "transform", "cpu0", 121, 130, 410, 700),
            record(3, "turn", "fft0", 900, 905, 1_000, 1_100)
        };
        assertThat(RecordedTimes.of(byHand(tasks))).isEmpty();
        assertThat(new WhatIf(byHand(tasks)).drawnRequests()).isEqualTo(1);
    }

    // --- a trace of a run ---

    /** A run in the simulator with times that are drawn, as a trace of what happened. */
    private static RunTrace simulated(Random arrivalsOf, int requests) {
        Pool pool = new Pool(
                "pool",
                List.of(
                        new Pool.PeType("cpu", 2, Pool.HOST, 0, 0, 0, List.of()),
                        new Pool.PeType("fft", 1, Pool.HOST, 0, 0, 0, List.of())),
                List.of());
        Simulation simulation = Simulator.simulation(pool, List.of(APPLICATION));
        List<TaskRecord> tasks = new ArrayList<>();
        List<RunTrace.Request> ended = new ArrayList<>();
        SimulationObserver observer = new SimulationObserver() {
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
                tasks.add(new TaskRecord(
                        request,
                        "app",
                        task,
                        APPLICATION.tasks().get(task).label(),
                        simulation.pes().get(pe),
                        readyNanos,
                        assignedNanos,
                        startedNanos,
                        finishedNanos,
                        Outcome.COMPLETED));
            }

            @Override
            public void request(
                    long request, int application, int tenant, long arrivedNanos, long endedNanos, boolean dropped) {
                ended.add(RunTrace.Request.of(
                        request,
                        "app",
                        arrivedNanos,
                        endedNanos,
                        RequestOptions.DEFAULT,
                        1,
                        RunTrace.Request.COMPLETED));
            }
        };
        simulation.run(
                new EarliestFinish(),
                arrivalsOf.arrivals(requests),
                SimulationSettings.DEFAULT.withSeed(arrivalsOf.seed()),
                observer);
        return new RunTrace(HEADER, List.of(APPLICATION), ended, tasks, true);
    }

    private record Random(long seed) {
        /** The first at 0, as in replays; often several at work. */
        Arrivals arrivals(int requests) {
            SplittableRandom random = new SplittableRandom(seed);
            int[] made = {0};
            return into -> {
                into.nanos += made[0] == 0 ? 0 : random.nextLong(90_000);
                into.application = 0;
                return made[0]++ < requests;
            };
        }
    }

    /** Nothing is left to chance or to means: the same tasks at the same times on the same PEs. */
    @Property(tries = 50)
    void aReplayUnderTheSamePolicyIsTheRunAgain(@ForAll long seed) {
        RunTrace trace = simulated(new Random(seed), 60);

        WhatIf whatIf = new WhatIf(trace);
        WhatIf.Run replayed = whatIf.replayed("ef", new EarliestFinish(), Optional.empty());

        assertThat(whatIf.drawnRequests()).isZero();
        assertThat(placements(replayed.tasks())).isEqualTo(placements(trace.tasks()));
        assertThat(replayed.meanNanos()).isEqualTo(whatIf.recorded().meanNanos());
        assertThat(replayed.makespanNanos()).isEqualTo(whatIf.recorded().makespanNanos());
    }

    private static List<String> placements(List<TaskRecord> tasks) {
        return tasks.stream()
                .sorted(Comparator.comparingLong(TaskRecord::requestId).thenComparing(TaskRecord::task))
                .map(task -> task.requestId() + "." + task.task() + " " + task.peId() + " " + task.startedNanos() + " "
                        + task.finishedNanos())
                .toList();
    }

    @Test
    void drawnTimesAreOthersWithTheSameMeans() {
        RunTrace trace = simulated(new Random(5), 2_000);
        WhatIf whatIf = new WhatIf(trace);

        WhatIf.Run drawn = whatIf.drawn("ef", new EarliestFinish());

        assertThat(drawn.run()).isEqualTo("drawn");
        assertThat(placements(drawn.tasks())).isNotEqualTo(placements(trace.tasks()));
        double real = whatIf.recorded().meanNanos();
        assertThat(drawn.meanNanos()).isBetween(0.75 * real, 1.25 * real);
    }
}
