// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.saguaro.runtime.core.simulation.Scene.Task;
import org.saguaro.scheduler.api.SchedulingPolicy;
import org.saguaro.scheduler.heuristics.EarliestFinishTime;

/** Many requests of two applications on cores and an accelerator. */
@Timeout(120)
class LongRunsTest {

    private static final Pool POOL = new Pool(
            "C2+F1",
            List.of(
                    new Pool.PeType("cpu", 2, Pool.HOST, 1, 0.1, 500, List.of(rule("fft", 20_000), rule("mul", 5_000))),
                    new Pool.PeType("fft", 1, "dma", 0.5, 0.05, 1_000, List.of(rule("fft", 6_000)))),
            List.of(new Pool.Transfer(Pool.HOST, "dma", 300, 0.5), new Pool.Transfer("dma", Pool.HOST, 300, 0.5)));

    private static final List<ApplicationProfile> APPLICATIONS = List.of(
            Scene.application(
                    "fan",
                    Task.of("fft").readsRequest(1_000),
                    Task.of("fft").readsRequest(1_000),
                    Task.of("mul").reads(0, 1_000).reads(1, 1_000),
                    Task.of("fft").reads(2, 1_000).returns(1_000)),
            Scene.application(
                    "chain",
                    Task.of("mul").readsRequest(500),
                    Task.of("").after(0).delayed(2_000),
                    Task.of("fft").reads(0, 500).after(1),
                    Task.of("mul").reads(2, 500).returns(10)));

    private static CostRule rule(String kernel, double nanos) {
        return new CostRule(kernel, new CostRule.Fixed(nanos), 0.2);
    }

    private static Simulation simulation() {
        return Simulator.simulation(POOL, APPLICATIONS);
    }

    /** In turn, each with a soft and every third with a hard deadline; busy, not overloaded. */
    private static Arrivals arrivals(long count) {
        long[] made = new long[1];
        return into -> {
            long number = made[0]++;
            into.nanos = number * 20_000;
            into.application = (int) (number % 2);
            into.tenant = (int) (number % 3);
            into.tenantWeight = 1 + into.tenant;
            into.softDeadlineNanos = into.nanos + 100_000;
            into.hardDeadlineNanos = number % 3 == 0 ? into.nanos + 400_000 : Long.MAX_VALUE;
            return number < count;
        };
    }

    static List<String> policies() {
        return List.copyOf(OursAndTheCores.BY_NAME.keySet());
    }

    @ParameterizedTest
    @MethodSource("policies")
    void everyPolicyRunsAMixedWorkloadToItsEnd(String name) {
        Supplier<SchedulingPolicy> policy = OursAndTheCores.BY_NAME.get(name);
        assertThat(policy).isNotNull();

        SimulationResult result =
                simulation().run(policy.get(), arrivals(2_000), SimulationSettings.DEFAULT, SimulationObserver.NONE);

        assertThat(result.requests()).isEqualTo(2_000);
        assertThat(result.interrupted()).isFalse();
        assertThat(result.applications())
                .allSatisfy(application -> assertThat(application.requests()).isEqualTo(1_000));
        for (SimulationResult.PeResult pe : result.pes()) {
            assertThat(pe.busyNanos() + pe.transferNanos() + pe.dispatchNanos())
                    .as("%s", pe)
                    .isLessThanOrEqualTo(result.endNanos());
            double watts = pe.type().equals("cpu") ? 1 : 0.5;
            assertThat(pe.joules() * 1e9)
                    .isCloseTo(watts * pe.busyNanos() + watts / 10 * result.endNanos(), withPercentage(1e-6));
        }
        if (result.dropped() == 0) {
            assertThat(result.tasks()).isEqualTo(1_000 * 4 + 1_000 * 3);
        }
    }

    @Test
    void equalSeedsGiveEqualRunsAndOthersDoNot() {
        assertThat(linesOf(1)).isEqualTo(linesOf(1)).isNotEqualTo(linesOf(2));
    }

    private static List<String> linesOf(long seed) {
        Simulation simulation = simulation();
        Scene.Log log = new Scene.Log(simulation);
        simulation.run(new EarliestFinishTime(), arrivals(300), SimulationSettings.DEFAULT.withSeed(seed), log);
        return log.lines;
    }

    @Test
    void oneSimulationIsRunByManyThreadsAtATime() {
        Simulation simulation = simulation();
        SimulationResult alone = simulation.run(
                new EarliestFinishTime(), arrivals(5_000), SimulationSettings.DEFAULT, SimulationObserver.NONE);

        List<CompletableFuture<SimulationResult>> beside = Stream.generate(
                        () -> CompletableFuture.supplyAsync(() -> simulation.run(
                                new EarliestFinishTime(),
                                arrivals(5_000),
                                SimulationSettings.DEFAULT,
                                SimulationObserver.NONE)))
                .limit(4)
                .toList();

        assertThat(beside).allSatisfy(result -> assertThat(result.join()).isEqualTo(alone));
    }

    @Test
    void anInterruptedRunTellsOfTheTimeUntilThen() {
        SimulationObserver interrupting = new SimulationObserver() {
            @Override
            public void request(
                    long request, int application, int tenant, long arrivedNanos, long endedNanos, boolean dropped) {
                if (request == 500) {
                    Thread.currentThread().interrupt();
                }
            }
        };

        SimulationResult result = simulation()
                .run(new EarliestFinishTime(), arrivals(Long.MAX_VALUE), SimulationSettings.DEFAULT, interrupting);

        assertThat(Thread.interrupted()).as("the thread stays interrupted").isTrue();
        assertThat(result.interrupted()).isTrue();
        assertThat(result.requests()).isBetween(400L, 2_000L);
        assertThat(result.endNanos()).isGreaterThan(500 * 20_000);
        assertThat(result.joules()).isPositive();
    }

    /** The memory that a run holds cannot grow by more than what it allocates. */
    @Test
    void tenTimesTheRequestsAllocateNoMore() {
        Assumptions.assumeTrue(
                ManagementFactory.getThreadMXBean() instanceof ThreadMXBean,
                "this virtual machine does not count allocated bytes");
        allocatedBy(20_000);

        long once = allocatedBy(20_000);
        long tenTimes = allocatedBy(200_000);

        assertThat(tenTimes)
                .as("bytes allocated; by a tenth of the requests: %d", once)
                .isLessThan(once + 100_000);
    }

    private static long allocatedBy(long requests) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Simulation simulation = simulation();
        long before = threads.getCurrentThreadAllocatedBytes();
        simulation.run(
                new EarliestFinishTime(),
                arrivals(requests),
                new SimulationSettings(1, true, true, Map.of()),
                SimulationObserver.NONE);
        return threads.getCurrentThreadAllocatedBytes() - before;
    }
}
