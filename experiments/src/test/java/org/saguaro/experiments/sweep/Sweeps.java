// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.sweep;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.saguaro.experiments.Policies;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.simulation.Arrivals;
import org.saguaro.runtime.core.simulation.CostRule;
import org.saguaro.runtime.core.simulation.KernelProfile;
import org.saguaro.runtime.core.simulation.Pool;
import org.saguaro.runtime.core.simulation.TaskProfile;
import org.saguaro.scheduler.api.Assignment;
import org.saguaro.scheduler.api.CostModel;
import org.saguaro.scheduler.api.PePool;
import org.saguaro.scheduler.api.ReadyQueue;
import org.saguaro.scheduler.api.SchedulingPolicy;

/** A small platform, two applications and two policies for tests. */
final class Sweeps {

    static final String SMALL = """
            {
              "sweep": "small",
              "platform": "test",
              "compositions": "C1..2+F0..2",
              "policies": ["first", "soonest"],
              "workload": "two.json",
              "ratesPerSecond": [100, 1000],
              "seeds": 3
            }
            """;

    /** Of 1 ms on C, of 0.2 ms on F, after which comes one that only C can do; and one that only C can do. */
    static final List<ApplicationProfile> APPLICATIONS = List.of(
            new ApplicationProfile(
                    "transform",
                    1000,
                    List.of(
                            new KernelProfile("fft:128", 1e6, 1e3, List.of()),
                            new KernelProfile("plain", 1e5, 1e3, List.of())),
                    List.of(
                            new TaskProfile("fft", 0, List.of(), 100, 0, 0),
                            new TaskProfile("end", 1, List.of(new TaskProfile.Input(0, 100)), 0, 100, 0))),
            new ApplicationProfile(
                    "plain, quoted \"so\"",
                    2000,
                    List.of(new KernelProfile("plain", 3e5, 1e3, List.of())),
                    List.of(new TaskProfile("all", 0, List.of(), 100, 100, 0))));

    private Sweeps() {}

    static SweepDescription description(String json) throws SweepException {
        return SweepFile.parse("test.json", json);
    }

    static Pool pool(String text) {
        Composition composition = Composition.expand(List.of(text)).get(0);
        return new Pool(
                text,
                List.of(
                        new Pool.PeType(
                                "cpu",
                                composition.count("C"),
                                Pool.HOST,
                                0.5,
                                0.1,
                                1000,
                                List.of(new CostRule("*", new CostRule.Roofline(1000, 1e9, 1e9), 0.1))),
                        new Pool.PeType(
                                "fft",
                                composition.count("F"),
                                "dma",
                                0.2,
                                0.05,
                                1000,
                                List.of(
                                        new CostRule("fft:*", new CostRule.Fixed(200_000), 0),
                                        new CostRule("*", new CostRule.Unsupported(), 0)))),
                List.of(new Pool.Transfer(Pool.HOST, "dma", 1000, 1), new Pool.Transfer("dma", Pool.HOST, 1000, 1)));
    }

    /** Of 60 requests. */
    static SweepWorkload workload() {
        return workload(60);
    }

    static SweepWorkload workload(int requests) {
        return new SweepWorkload() {
            @Override
            public List<ApplicationProfile> applications() {
                return APPLICATIONS;
            }

            @Override
            public Arrivals arrivals(Rate rate, long seed) {
                if (rate.unit() == Rate.Unit.MBPS) {
                    throw new IllegalArgumentException("found no input bits, expected ratesPerSecond");
                }
                Random random = new Random(seed);
                int[] made = {0};
                double[] at = {0};
                return into -> {
                    at[0] += -Math.log(1 - random.nextDouble()) * 1e9 / rate.value();
                    into.nanos = (long) at[0];
                    into.application = made[0] % 2;
                    into.softDeadlineNanos = into.nanos + 5_000_000;
                    return made[0]++ < requests;
                };
            }
        };
    }

    static Sweep.Task task(SweepDescription description) {
        return new Sweep.Task(description, Sweeps::pool, workload(), Map.of("workload two.json", "its text"));
    }

    /** Two policies. */
    static Policies policies() {
        return policies(Map.of("first", First::new, "soonest", Soonest::new));
    }

    static Policies policies(Map<String, Supplier<SchedulingPolicy>> makers) {
        return new Policies() {
            @Override
            public List<String> names() {
                return new ArrayList<>(new TreeMap<>(makers).keySet());
            }

            @Override
            public Lease create(String name) {
                SchedulingPolicy policy =
                        Objects.requireNonNull(makers.get(name), name).get();
                return new Lease() {
                    @Override
                    public SchedulingPolicy policy() {
                        return policy;
                    }

                    @Override
                    public void close() {}
                };
            }
        };
    }

    /** Everything to the first PE that can do it. */
    static final class First implements SchedulingPolicy {
        @Override
        public void schedule(ReadyQueue ready, PePool pool, CostModel costs, Assignment assignment) {
            for (int task = 0; task < ready.size(); task++) {
                int pe = 0;
                while (!costs.supports(task, pe)) {
                    pe++;
                }
                assignment.assign(task, pe);
            }
        }
    }

    /** To the PE that is done with it soonest, as if it were the only task. */
    static final class Soonest implements SchedulingPolicy {
        @Override
        public void schedule(ReadyQueue ready, PePool pool, CostModel costs, Assignment assignment) {
            for (int task = 0; task < ready.size(); task++) {
                int best = -1;
                long least = Long.MAX_VALUE;
                for (int pe = 0; pe < pool.size(); pe++) {
                    long end = Math.max(pool.nowNanos(), pool.get(pe).availableAtNanos())
                            + costs.executionNanos(task, pe)
                            + costs.transferNanos(task, pe);
                    if (costs.supports(task, pe) && end < least) {
                        least = end;
                        best = pe;
                    }
                }
                assignment.assign(task, best);
            }
        }
    }
}
