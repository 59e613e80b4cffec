// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.saguaro.runtime.core.simulation.Scene.EXACT;
import static org.saguaro.runtime.core.simulation.Scene.application;
import static org.saguaro.runtime.core.simulation.Scene.at;
import static org.saguaro.runtime.core.simulation.Scene.cpus;
import static org.saguaro.runtime.core.simulation.Scene.onPe;
import static org.saguaro.runtime.core.simulation.Scene.pes;
import static org.saguaro.runtime.core.simulation.Scene.pool;
import static org.saguaro.runtime.core.simulation.Scene.takes;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.saguaro.runtime.core.policy.FirstComeFirstServed;
import org.saguaro.runtime.core.simulation.Scene.Log;
import org.saguaro.runtime.core.simulation.Scene.Task;
import org.saguaro.scheduler.api.PeState;
import org.saguaro.scheduler.api.SchedulingPolicy;
import org.saguaro.scheduler.heuristics.EarliestFinishTime;

/** Schedules that were computed by hand. */
class SimulatorTest {

    private static List<String> events(
            Pool pool, ApplicationProfile application, SchedulingPolicy policy, Arrivals arrivals) {
        Simulation simulation = Simulator.simulation(pool, List.of(application));
        Log log = new Log(simulation);
        simulation.run(policy, arrivals, EXACT, log);
        return log.lines;
    }

    // --- graphs ---

    @Test
    void aChainRunsOneAfterTheOther() {
        ApplicationProfile chain = application(
                "chain", Task.of("a"), Task.of("b").after(0), Task.of("a").after(1));

        List<String> events =
                events(pool(cpus(2, takes("a", 10), takes("b", 25))), chain, new FirstComeFirstServed(), at(100));

        assertThat(events)
                .containsExactly(
                        "0.0 cpu0 ready 100 assigned 100 started 100 finished 110",
                        "0.1 cpu0 ready 110 assigned 110 started 110 finished 135",
                        "0.2 cpu0 ready 135 assigned 135 started 135 finished 145",
                        "0 arrived 100 ended 145");
    }

    @Test
    void aFanUsesAllPesAndWaitsForTheLast() {
        ApplicationProfile fan = application(
                "fan",
                Task.of("a"),
                Task.of("b").after(0),
                Task.of("b").after(0),
                Task.of("b").after(0),
                Task.of("a").after(1, 2, 3));

        List<String> events =
                events(pool(cpus(2, takes("a", 10), takes("b", 30))), fan, new FirstComeFirstServed(), at(0));

        assertThat(events)
                .containsExactly(
                        "0.0 cpu0 ready 0 assigned 0 started 0 finished 10",
                        "0.1 cpu0 ready 10 assigned 10 started 10 finished 40",
                        "0.2 cpu1 ready 10 assigned 10 started 10 finished 40",
                        "0.3 cpu0 ready 10 assigned 10 started 40 finished 70",
                        "0.4 cpu0 ready 70 assigned 70 started 70 finished 80",
                        "0 arrived 0 ended 80");
    }

    @Test
    void requestsOfOneInstantAreSeenInOneRound() {
        List<Integer> rounds = new ArrayList<>();
        SchedulingPolicy counting = (ready, pool, costs, assignment) -> {
            rounds.add(ready.size());
            new FirstComeFirstServed().schedule(ready, pool, costs, assignment);
        };

        events(pool(cpus(1, takes("a", 10))), application("one", Task.of("a")), counting, at(5, 5, 5, 7));

        assertThat(rounds).containsExactly(3, 1);
    }

    @Test
    void dispatchOccupiesThePe() {
        Pool.PeType slow = new Pool.PeType("cpu", 1, Pool.HOST, 2, 0.5, 3, List.of(takes("a", 10)));
        Simulation simulation = Simulator.simulation(
                pool(slow),
                List.of(application("two", Task.of("a"), Task.of("a").after(0))));
        Log log = new Log(simulation);

        SimulationResult result = simulation.run(new FirstComeFirstServed(), at(0), EXACT, log);

        assertThat(log.lines)
                .containsExactly(
                        "0.0 cpu0 ready 0 assigned 0 started 0 finished 13",
                        "0.1 cpu0 ready 13 assigned 13 started 13 finished 26",
                        "0 arrived 0 ended 26");
        assertThat(result.endNanos()).isEqualTo(26);
        SimulationResult.PeResult pe = result.pes().get(0);
        assertThat(pe.busyNanos()).isEqualTo(20);
        assertThat(pe.dispatchNanos()).isEqualTo(6);
        assertThat(pe.transferNanos()).isZero();
        // Half a watt for 26 ns, two more for the 20 ns in kernels.
        assertThat(pe.joules()).isCloseTo((0.5 * 26 + 2 * 20) * 1e-9, within(1e-18));
        assertThat(result.joules()).isEqualTo(pe.joules());
    }

    @Test
    void delaysPassBeforeATaskIsReadyAndTasksWithoutKernelPassByThemselves() {
        ApplicationProfile delayed = application(
                "delayed",
                Task.of("a").delayed(7),
                Task.of("").after(0).delayed(20),
                Task.of("a").after(1),
                Task.of("").after(2).delayed(4));

        List<String> events = events(pool(cpus(1, takes("a", 10))), delayed, new FirstComeFirstServed(), at(0));

        assertThat(events)
                .containsExactly(
                        "0.0 cpu0 ready 7 assigned 7 started 7 finished 17",
                        "0.2 cpu0 ready 37 assigned 37 started 37 finished 47",
                        "0 arrived 0 ended 51");
    }

    // --- as recorded ---

    private static RequestTimes recorded(long tailNanos, RequestTimes.TaskTimes... tasks) {
        return new RequestTimes(List.of(tasks), tailNanos);
    }

    private static RequestTimes.TaskTimes took(String peType, long delay, long dispatch, long execution) {
        return new RequestTimes.TaskTimes(delay, new RequestTimes.Run(peType, dispatch, execution));
    }

    /** Requests that take what they took; null stands for one of which nothing is known. */
    private static Arrivals together(long nanos, @Nullable RequestTimes... requests) {
        int[] made = {0};
        return into -> {
            if (made[0] == requests.length) {
                return false;
            }
            into.nanos = nanos;
            into.recorded = requests[made[0]++];
            return true;
        };
    }

    @Test
    void whatWasRecordedIsNotDrawn() {
        ApplicationProfile chain = application(
                "chain",
                Task.of("a").delayed(1_000),
                Task.of("").after(0).delayed(2_000),
                Task.of("b").after(1));
        Pool.PeType cpu = new Pool.PeType("cpu", 1, Pool.HOST, 0, 0, 3, List.of(takes("a", 10), takes("b", 20)));
        Simulation simulation = Simulator.simulation(pool(cpu), List.of(chain));
        Log log = new Log(simulation);

        SimulationResult result = simulation.run(
                new FirstComeFirstServed(),
                together(
                        100,
                        recorded(
                                9,
                                took("cpu", 5, 2, 11),
                                new RequestTimes.TaskTimes(0, null),
                                took("cpu", 7, 1, RequestTimes.Run.UNKNOWN))),
                EXACT,
                log);

        assertThat(log.lines)
                .containsExactly(
                        "0.0 cpu0 ready 105 assigned 105 started 105 finished " + (105 + 2 + 11),
                        // What the kernel took is not known, so it takes its mean.
                        "0.2 cpu0 ready 125 assigned 125 started 125 finished " + (125 + 1 + 20),
                        "0 arrived 100 ended " + (146 + 9));
        assertThat(result.pes().get(0).busyNanos()).isEqualTo(11 + 20);
        assertThat(result.pes().get(0).dispatchNanos()).isEqualTo(2 + 1);
    }

    @Test
    void elsewhereWhatWasRecordedIsAsMuchMoreThanUsual() {
        Pool pool = pool(
                new Pool.PeType("cpu", 1, Pool.HOST, 0, 0, 3, List.of(takes("a", 10))),
                new Pool.PeType("fft", 1, Pool.HOST, 0, 0, 4, List.of(takes("a", 30))));
        Simulation simulation = Simulator.simulation(pool, List.of(application("one", Task.of("a"))));
        Log log = new Log(simulation);

        simulation.run(
                onPe(kernel -> 1),
                together(
                        0,
                        recorded(0, took("cpu", 0, 1, 15)),
                        recorded(0, took("fft", 0, 2, 31)),
                        recorded(0, took("gpu", 0, 1, 7)),
                        null),
                EXACT,
                log);

        assertThat(log.lines)
                .filteredOn(line -> line.contains("fft0"))
                .containsExactly(
                        "0.0 fft0 ready 0 assigned 0 started 0 finished " + (4 + 45),
                        "1.0 fft0 ready 0 assigned 0 started 49 finished " + (49 + 2 + 31),
                        // Of a type that the pool does not have nothing can be told.
                        "2.0 fft0 ready 0 assigned 0 started 82 finished " + (82 + 4 + 30),
                        "3.0 fft0 ready 0 assigned 0 started 116 finished " + (116 + 4 + 30));
    }

    @Test
    void aRequestThatLingersOccupiesNobody() {
        Simulation simulation =
                Simulator.simulation(pool(cpus(1, takes("a", 10))), List.of(application("one", Task.of("a"))));
        Log log = new Log(simulation);

        simulation.run(
                new FirstComeFirstServed(),
                together(0, recorded(100, took("cpu", 0, 0, 10)), recorded(0, took("cpu", 0, 0, 12))),
                EXACT,
                log);

        assertThat(log.lines)
                .containsExactly(
                        "0.0 cpu0 ready 0 assigned 0 started 0 finished 10",
                        "1.0 cpu0 ready 0 assigned 0 started 10 finished 22",
                        "1 arrived 0 ended 22",
                        "0 arrived 0 ended 110");
    }

    @Test
    void timesOfAnotherApplicationAreRefused() {
        Simulation simulation =
                Simulator.simulation(pool(cpus(1, takes("a", 10))), List.of(application("one", Task.of("a"))));

        assertThatThrownBy(() -> simulation.run(
                        new FirstComeFirstServed(),
                        together(0, recorded(0, took("cpu", 0, 0, 1), took("cpu", 0, 0, 1))),
                        EXACT,
                        SimulationObserver.NONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("request 0 of the arrivals: found times of 2 tasks, expected those of 1");
    }

    // --- copies ---

    private static final Pool WITH_DEVICES = new Pool(
            "with-devices",
            List.of(
                    cpus(1, takes("c", 10)),
                    pes("acc", 1, "dma", takes("x", 20)),
                    pes("gpu", 1, "vram", takes("g", 5))),
            List.of(
                    new Pool.Transfer(Pool.HOST, "dma", 100, 1),
                    new Pool.Transfer("dma", Pool.HOST, 200, 2),
                    new Pool.Transfer(Pool.HOST, "vram", 1_000, 0)));

    @Test
    void whatARequestBringsAndGetsIsCopied() {
        ApplicationProfile one =
                application("one", Task.of("x").readsRequest(50).returns(30));
        Simulation simulation = Simulator.simulation(WITH_DEVICES, List.of(one));
        Log log = new Log(simulation);

        SimulationResult result = simulation.run(onPe(kernel -> 1), at(0), EXACT, log);

        assertThat(log.lines)
                .containsExactly(
                        "0.0 acc0 ready 0 assigned 0 started 0 finished " + (100 + 50 + 20),
                        "0 arrived 0 ended " + (170 + 200 + 60));
        assertThat(result.pes().get(1).transferNanos()).isEqualTo(150 + 260);
        assertThat(result.pes().get(1).busyNanos()).isEqualTo(20);
        assertThat(result.applications().get(0).maxNanos()).isEqualTo(430);
    }

    @Test
    void aCopyLeavesAReplicaForTheNextReader() {
        ApplicationProfile readers = application(
                "readers",
                Task.of("c"),
                Task.of("x").reads(0, 10),
                Task.of("x").reads(0, 10),
                Task.of("c").reads(0, 10));

        List<String> events = events(WITH_DEVICES, readers, onPe(kernel -> kernel), at(0));

        assertThat(events)
                .containsExactly(
                        "0.0 cpu0 ready 0 assigned 0 started 0 finished 10",
                        "0.3 cpu0 ready 10 assigned 10 started 10 finished 20",
                        "0.1 acc0 ready 10 assigned 10 started 10 finished " + (10 + 110 + 20),
                        "0.2 acc0 ready 10 assigned 10 started 140 finished 160",
                        "0 arrived 0 ended 160");
    }

    @Test
    void aReaderWaitsForTheCopyThatIsUnderWay() {
        Pool pool = new Pool(
                "two-accelerators",
                List.of(cpus(1, takes("c", 10)), pes("acc", 2, "dma", takes("x", 20), takes("y", 1))),
                WITH_DEVICES.transfers());
        ApplicationProfile readers = application(
                "readers", Task.of("c"), Task.of("x").reads(0, 10), Task.of("y").reads(0, 10));

        List<String> events = events(pool, readers, onPe(kernel -> kernel), at(0));

        assertThat(events)
                .containsExactly(
                        "0.0 cpu0 ready 0 assigned 0 started 0 finished 10",
                        "0.2 acc1 ready 10 assigned 10 started 10 finished " + (10 + 110 + 1),
                        "0.1 acc0 ready 10 assigned 10 started 10 finished " + (10 + 110 + 20),
                        "0 arrived 0 ended 140");
    }

    @Test
    void betweenDevicesCopiesGoByWayOfTheHostAndLeaveAReplicaThere() {
        ApplicationProfile through = application(
                "through",
                Task.of("x"),
                Task.of("g").reads(0, 10),
                Task.of("c").reads(0, 10).after(1));

        List<String> events =
                events(WITH_DEVICES, through, onPe(kernel -> List.of(1, 2, 0).get(kernel)), at(0));

        assertThat(events)
                .containsExactly(
                        "0.0 acc0 ready 0 assigned 0 started 0 finished 20",
                        "0.1 gpu0 ready 20 assigned 20 started 20 finished " + (20 + 220 + 1_000 + 5),
                        "0.2 cpu0 ready 1245 assigned 1245 started 1245 finished 1255",
                        "0 arrived 0 ended 1255");
    }

    @Test
    void aTransferBetweenDevicesThatThePoolListsIsDirect() {
        List<Pool.Transfer> transfers = new ArrayList<>(WITH_DEVICES.transfers());
        transfers.add(new Pool.Transfer("dma", "vram", 3, 0));
        ApplicationProfile through =
                application("through", Task.of("x"), Task.of("g").reads(0, 10));

        List<String> events = events(
                new Pool("direct", WITH_DEVICES.peTypes(), transfers),
                through,
                onPe(kernel -> List.of(1, 2).get(kernel)),
                at(0));

        assertThat(events).contains("0.1 gpu0 ready 20 assigned 20 started 20 finished " + (20 + 3 + 5));
    }

    @Test
    void policiesAreToldWhatCopiesTakeAndThatReplicasTakeNone() {
        List<String> told = new ArrayList<>();
        SchedulingPolicy asking = (ready, pool, costs, assignment) -> {
            for (int task = 0; task < ready.size(); task++) {
                int pe = ready.get(task).signature();
                told.add(ready.get(task).id() + " " + costs.transferNanos(task, pe));
                assignment.assign(task, pe);
            }
        };
        ApplicationProfile readers = application(
                "readers",
                Task.of("c"),
                Task.of("x").reads(0, 10).readsRequest(1),
                Task.of("x").reads(0, 10).after(1));

        events(WITH_DEVICES, readers, asking, at(0));

        assertThat(told).containsExactly("0 0", "1 " + (110 + 101), "2 0");
    }

    // --- what policies see ---

    @Test
    void availabilityIsTheExpectedWorkLessTheTimeThatTheRunningTaskHasHad() {
        List<String> seen = new ArrayList<>();
        SchedulingPolicy looking = (ready, pool, costs, assignment) -> {
            PeState pe = pool.get(0);
            seen.add(pool.nowNanos() + ": " + pe.availableAtNanos() + ", " + pe.queuedTasks());
            new FirstComeFirstServed().schedule(ready, pool, costs, assignment);
        };
        // The dispatch is not in what is expected, as the dispatcher does not know of it; and a PE that is just being
        // woken has had no
        // time for its task yet.
        Pool.PeType cpu = new Pool.PeType("cpu", 1, Pool.HOST, 0, 0, 50, List.of(takes("a", 10)));

        events(pool(cpu), application("one", Task.of("a")), looking, at(0, 4, 30, 55, 60));

        assertThat(seen)
                .containsExactly(
                        "0: 0, 0",
                        "4: " + (4 + 10) + ", 1",
                        // The first one has still not begun; the second one waits.
                        "30: " + (30 + 10 + 10) + ", 2",
                        // 5 of its 10 are over; the two others wait.
                        "55: " + (55 + 5 + 10 + 10) + ", 3",
                        // The first one has just ended, three wait.
                        "60: " + (60 + 30) + ", 3");
    }

    @Test
    void tasksCarryRanksAndTermsOfTheirRequest() {
        List<String> seen = new ArrayList<>();
        SchedulingPolicy looking = (ready, pool, costs, assignment) -> {
            var task = ready.get(0);
            seen.add(task.id() + " of " + task.requestId() + ": rank " + task.upwardRankNanos() + ", then "
                    + costs.optimisticRemainingNanos(0, 0) + ", tenant " + task.tenant() + " " + task.tenantWeight()
                    + ", priority " + task.priority() + ", " + task.softDeadlineNanos() + " "
                    + task.hardDeadlineNanos() + ", worth " + task.value() + ", since " + task.submittedNanos());
            new FirstComeFirstServed().schedule(ready, pool, costs, assignment);
        };
        ApplicationProfile chain = application(
                "chain",
                Task.of("a"),
                Task.of("b").after(0),
                Task.of("").after(1).delayed(5));
        boolean[] made = new boolean[1];
        Arrivals one = into -> {
            into.nanos = 3;
            into.tenant = 2;
            into.tenantWeight = 1.5;
            into.priority = 7;
            into.hardDeadlineNanos = 900;
            into.value = 4;
            boolean first = !made[0];
            made[0] = true;
            return first;
        };

        events(pool(cpus(1, takes("a", 10), takes("b", 30))), chain, looking, one);

        assertThat(seen)
                .containsExactly(
                        "0 of 0: rank 45, then 35, tenant 2 1.5, priority 7, 900 900, worth 4.0, since 3",
                        "1 of 0: rank 35, then 5, tenant 2 1.5, priority 7, 900 900, worth 4.0, since 3");
    }

    @Test
    void whatAPolicyLeavesOutIsShownAgainInOrder() {
        // One task at a time, the newest first.
        SchedulingPolicy late = (ready, pool, costs, assignment) -> {
            if (pool.get(0).queuedTasks() == 0) {
                assignment.assign(ready.size() - 1, 0);
            }
        };

        List<String> events =
                events(pool(cpus(1, takes("a", 10))), application("one", Task.of("a")), late, at(0, 0, 0, 5));

        assertThat(events)
                .containsExactly(
                        "2.0 cpu0 ready 0 assigned 0 started 0 finished 10",
                        "2 arrived 0 ended 10",
                        "3.0 cpu0 ready 5 assigned 10 started 10 finished 20",
                        "3 arrived 5 ended 20",
                        "1.0 cpu0 ready 0 assigned 20 started 20 finished 30",
                        "1 arrived 0 ended 30",
                        "0.0 cpu0 ready 0 assigned 30 started 30 finished 40",
                        "0 arrived 0 ended 40");
    }

    // --- deadlines ---

    private static Arrivals withDeadline(long hardDeadlineNanos, long... nanos) {
        Arrivals all = at(nanos);
        return into -> {
            boolean there = all.next(into);
            into.hardDeadlineNanos = into.nanos + hardDeadlineNanos;
            return there;
        };
    }

    @Test
    void aRequestEndsAtItsHardDeadlineAndLeavesTheQueues() {
        Simulation simulation = Simulator.simulation(
                pool(cpus(1, takes("a", 10))),
                List.of(application("two", Task.of("a"), Task.of("a").after(0))));
        Log log = new Log(simulation);

        SimulationResult result = simulation.run(new FirstComeFirstServed(), withDeadline(25, 0, 0, 0), EXACT, log);

        // In turn: the first of each, then the second of each; at 25 the second one of the first runs.
        assertThat(log.lines)
                .containsExactly(
                        "0.0 cpu0 ready 0 assigned 0 started 0 finished 10",
                        "1.0 cpu0 ready 0 assigned 0 started 10 finished 20",
                        "0 arrived 0 dropped 25",
                        "1 arrived 0 dropped 25",
                        "2 arrived 0 dropped 25");
        assertThat(result.requests()).isEqualTo(3);
        assertThat(result.dropped()).isEqualTo(3);
        assertThat(result.applications().get(0).dropped()).isEqualTo(3);
        assertThat(result.applications().get(0).meanNanos()).isZero();
        assertThat(result.endNanos()).isEqualTo(25);
        assertThat(result.tasks()).isEqualTo(2);
    }

    @Test
    void whatRunsOfADroppedRequestRunsToItsEnd() {
        List<String> events = events(
                pool(cpus(1, takes("a", 10))),
                application("one", Task.of("a")),
                new FirstComeFirstServed(),
                withDeadline(7, 0, 5));

        assertThat(events)
                .containsExactly(
                        "0 arrived 0 dropped 7",
                        "0.0 cpu0 ready 0 assigned 0 started 0 finished 10",
                        "1 arrived 5 dropped 12");
    }

    @Test
    void whatIsDoneAtTheVeryDeadlineIsInTime() {
        List<String> events = events(
                pool(cpus(1, takes("a", 10))),
                application("one", Task.of("a")),
                new FirstComeFirstServed(),
                withDeadline(10, 0));

        assertThat(events).containsExactly("0.0 cpu0 ready 0 assigned 0 started 0 finished 10", "0 arrived 0 ended 10");
    }

    @Test
    void aPolicyDropsARequestWithAllItsTasks() {
        // Gives up whoever has a second ready task, and assigns the first one all the same.
        SchedulingPolicy dropping = (ready, pool, costs, assignment) -> {
            for (int task = 0; task < ready.size(); task++) {
                if (task > 0
                        && ready.get(task).requestId() == ready.get(task - 1).requestId()) {
                    assignment.drop(task);
                } else {
                    assignment.assign(task, 0);
                }
            }
        };
        Simulation simulation = Simulator.simulation(
                pool(cpus(1, takes("a", 10))),
                List.of(application("one", Task.of("a")), application("two", Task.of("a"), Task.of("a"))));
        Log log = new Log(simulation);
        Arrivals both = withDeadline(100, 0, 0);

        SimulationResult result = simulation.run(
                dropping,
                into -> {
                    boolean there = both.next(into);
                    into.application = there && log.lines.isEmpty() && into.tenant == 0 ? 1 : 0;
                    into.tenant = 1;
                    return there;
                },
                EXACT,
                log);

        assertThat(log.lines)
                .containsExactly(
                        "0 arrived 0 dropped 0",
                        "1.0 cpu0 ready 0 assigned 0 started 0 finished 10",
                        "1 arrived 0 ended 10");
        assertThat(result.applications().get(1).dropped()).isEqualTo(1);
        assertThat(result.applications().get(0).dropped()).isZero();
    }

    @Test
    void lateRequestsAreCounted() {
        Arrivals all = at(0, 0);
        SimulationResult result = Simulator.simulation(
                        pool(cpus(1, takes("a", 10))), List.of(application("one", Task.of("a"))))
                .run(
                        new FirstComeFirstServed(),
                        into -> {
                            boolean there = all.next(into);
                            into.softDeadlineNanos = 10;
                            return there;
                        },
                        EXACT,
                        SimulationObserver.NONE);

        assertThat(result.applications().get(0).late()).isEqualTo(1);
        assertThat(result.applications().get(0).meanNanos()).isEqualTo(15);
        assertThat(result.applications().get(0).maxNanos()).isEqualTo(20);
        assertThat(result.applications().get(0).p50Nanos()).isEqualTo(10);
    }

    // --- learning ---

    @Test
    void eftLearnsThatAWrongTableIsWrong() {
        // Believed to be ten times as fast as it is: EFT prefers it until it knows better.
        Pool pool = pool(cpus(1, takes("a", 100)), pes("acc", 1, Pool.HOST, takes("a", 1_000)));
        Map<String, Map<String, Double>> wrong = Map.of("a", Map.of("acc", 10.0));
        Simulation simulation = Simulator.simulation(pool, List.of(application("one", Task.of("a"))));
        long[] times = new long[200];
        for (int i = 0; i < times.length; i++) {
            times[i] = 2_000L * i;
        }

        SimulationResult trusting = simulation.run(
                new EarliestFinishTime(),
                at(times),
                new SimulationSettings(1, false, false, wrong),
                SimulationObserver.NONE);
        SimulationResult learning = simulation.run(
                new EarliestFinishTime(),
                at(times),
                new SimulationSettings(1, false, true, wrong),
                SimulationObserver.NONE);

        assertThat(trusting.pes().get(1).tasks())
                .as("on the accelerator, by the table")
                .isEqualTo(200);
        assertThat(trusting.applications().get(0).meanNanos()).isEqualTo(1_000);
        assertThat(learning.pes().get(1).tasks())
                .as("on the accelerator, until measured")
                .isEqualTo(1);
        assertThat(learning.applications().get(0).meanNanos()).isEqualTo((199 * 100 + 1_000) / 200.0);
    }

    // --- errors ---

    @Test
    void aTaskThatNoPeRunsIsRefused() {
        ApplicationProfile application =
                application("radar", Task.of("a"), Task.of("fft:12").after(0));

        assertThatThrownBy(() -> Simulator.simulation(pool(cpus(1, takes("a", 1))), List.of(application)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("application radar, task 1 (fft:12!)")
                .hasMessageContaining("pool test (types: cpu)")
                .hasMessageContaining("kernel fft:12")
                .hasMessageContaining("add a cost rule");
    }

    @Test
    void aPolicyThatNeverSchedulesIsToldOf() {
        assertThatThrownBy(() -> events(
                        pool(cpus(1, takes("a", 1))),
                        application("radar", Task.of("a")),
                        (ready, pool, costs, assignment) -> {},
                        at(0, 50)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("at 50 ns")
                .hasMessageContaining("2 tasks are ready")
                .hasMessageContaining("task 0 (a!) of request 0 of application radar");
    }

    @Test
    void aPolicyThatThrowsIsToldOf() {
        RuntimeException bug = new ArithmeticException("no such number");

        assertThatThrownBy(() -> events(
                        pool(cpus(1, takes("a", 1))),
                        application("radar", Task.of("a")),
                        (ready, pool, costs, assignment) -> {
                            throw bug;
                        },
                        at(17)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("17 ns")
                .hasMessageContaining("no such number")
                .hasCause(bug);
    }

    @Test
    void decisionsThatCannotBeAreRefused() {
        List<String> refusals = new ArrayList<>();
        SchedulingPolicy wrong = (ready, pool, costs, assignment) -> {
            refuse(refusals, () -> assignment.assign(0, 1));
            refuse(refusals, () -> assignment.assign(1, 0));
            refuse(refusals, () -> assignment.drop(0));
            assignment.assign(0, 0);
            refuse(refusals, () -> assignment.assign(0, 0));
        };

        events(
                pool(cpus(1, takes("a", 1)), pes("acc", 1, "dma", takes("b", 1))),
                application("one", Task.of("a")),
                wrong,
                at(0));

        assertThat(refusals)
                .containsExactly(
                        "acc0 does not support task 0",
                        "task 1 of 1 on PE 0 of 2",
                        "task 0 cannot be dropped: its request has no hard deadline",
                        "task 0 was assigned already");
    }

    private static void refuse(List<String> refusals, Runnable decision) {
        try {
            decision.run();
        } catch (IllegalArgumentException e) {
            refusals.add(String.valueOf(e.getMessage()));
        }
    }

    @Test
    void arrivalsThatGoBackwardsAreRefused() {
        assertThatThrownBy(() -> events(
                        pool(cpus(1, takes("a", 1))),
                        application("one", Task.of("a")),
                        new FirstComeFirstServed(),
                        at(9, 8)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("request 1")
                .hasMessageContaining("at 8 ns, expected it at 9 ns or later");
    }

    @Test
    void nothingArrivesAndNothingHappens() {
        SimulationResult result = Simulator.simulation(
                        pool(cpus(1, takes("a", 1))), List.of(application("one", Task.of("a"))))
                .run(new FirstComeFirstServed(), at(), EXACT, SimulationObserver.NONE);

        assertThat(result.requests()).isZero();
        assertThat(result.endNanos()).isZero();
    }
}
