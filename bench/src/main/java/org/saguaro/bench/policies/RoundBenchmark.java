// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.policies;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.saguaro.scheduler.api.SchedulingPolicy;

/** JMH: one round of a policy. The parameters are set by {@link PoliciesBench}. */
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

    private BenchRound round = new BenchRound(1, 1);
    private SchedulingPolicy subject = Policies.create(policy);

    /** Called by JMH. */
    public RoundBenchmark() {}

    /** Called by JMH when the parameters are set. */
    @Setup
    public void prepare() {
        round = new BenchRound(ready, pes);
        subject = Policies.create(policy);
    }

    /** What is measured. */
    @Benchmark
    public int round() {
        round.begin();
        subject.schedule(round, round.pool, round, round);
        return round.placed();
    }
}
