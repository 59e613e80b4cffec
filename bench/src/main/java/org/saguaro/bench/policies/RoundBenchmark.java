// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.policies;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.saguaro.bench.Sample;
import org.saguaro.scheduler.api.SchedulingPolicy;
import org.saguaro.scheduler.heuristics.all.AllPolicies;

/**
 * JMH: one round of a policy. The parameters are set by {@link PoliciesBench}, in whose JVM it runs. Beside JMH's figures it notes the processor
 * time of each iteration, which other programs on the machine disturb little.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RoundBenchmark {

    /** Name of the policy. */
    @Param("eft")
    public String policy = "eft";

    /** Number of ready tasks. */
    @Param("100")
    public int ready = 100;

    /** Number of PEs. */
    @Param("8")
    public int pes = 8;

    /** Processor nanoseconds per round, by iteration, the warm-up's included; written by JMH's thread, read when it has ended. */
    private static final List<Double> CPU_NANOS = new CopyOnWriteArrayList<>();

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private long iterationStart;
    private long rounds;
    private BenchRound round = new BenchRound(1, 1);
    private SchedulingPolicy subject = AllPolicies.create(policy);

    /** Called by JMH. */
    public RoundBenchmark() {}

    /** Called by JMH when the parameters are set. */
    @Setup
    public void prepare() {
        round = new BenchRound(ready, pes);
        subject = AllPolicies.create(policy);
    }

    /** Called by JMH. */
    @Setup(Level.Iteration)
    public void beginIteration() {
        rounds = 0;
        iterationStart = THREADS.getCurrentThreadCpuTime();
    }

    /** Called by JMH. */
    @TearDown(Level.Iteration)
    public void endIteration() {
        CPU_NANOS.add((double) (THREADS.getCurrentThreadCpuTime() - iterationStart) / rounds);
    }

    /** The median of the last iterations; forgets all. */
    static double medianOfLast(int iterations) {
        double median = new Sample(CPU_NANOS.subList(CPU_NANOS.size() - iterations, CPU_NANOS.size())).median();
        CPU_NANOS.clear();
        return median;
    }

    /** What is measured. */
    @Benchmark
    public int round() {
        rounds++;
        round.begin();
        subject.schedule(round, round.pool, round, round);
        return round.placed();
    }
}
