// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.policies;

import java.util.Random;
import org.saguaro.scheduler.api.Assignment;
import org.saguaro.scheduler.api.CostModel;
import org.saguaro.scheduler.api.PePool;
import org.saguaro.scheduler.api.PeState;
import org.saguaro.scheduler.api.ReadyQueue;
import org.saguaro.scheduler.api.ReadyTask;

/**
 * A round of heterogeneous tasks on heterogeneous PEs, in arrays. Of eight PEs five are CPUs, which support everything, one is a GPU, one
 * an FPGA and one a DSP, which support some of the 16 kinds of kernels and are faster at them. Inputs lie in one of three memory
 * spaces. Half the PEs are busy with one task. Not thread-safe.
 */
final class BenchRound implements ReadyQueue, CostModel, Assignment {

    private static final int SIGNATURES = 16;
    private static final int SPACES = 3;
    private static final long NOW_NANOS = 1_000_000_000_000L;
    private static final String[] TYPES = {"cpu", "cpu", "cpu", "gpu", "cpu", "fpga", "cpu", "dsp"};

    private record Task(
            long id,
            long requestId,
            int signature,
            long submittedNanos,
            long readyNanos,
            long upwardRankNanos,
            int tenant,
            double tenantWeight,
            int priority,
            long softDeadlineNanos,
            long hardDeadlineNanos,
            double value)
            implements ReadyTask {}

    private record Pe(String id, String type, long availableAtNanos, int queuedTasks) implements PeState {}

    private final Task[] tasks;
    private final Pe[] pes;
    private final boolean[] supports;
    private final long[] executionNanos;
    private final long[] energyNanojoules;
    private final long[] transferNanos;
    private final int[] signatureOf;
    private final int[] spaceOf;
    private final int[] peOf;
    private final int[] roundOf;
    private int round;
    private int placed;
    private int dropped;

    BenchRound(int taskCount, int peCount) {
        Random random = new Random(1);
        pes = new Pe[peCount];
        supports = new boolean[SIGNATURES * peCount];
        executionNanos = new long[SIGNATURES * peCount];
        energyNanojoules = new long[SIGNATURES * peCount];
        transferNanos = new long[SPACES * peCount];
        long[] work = random.longs(SIGNATURES, 5_000, 2_000_000).toArray();
        for (int pe = 0; pe < peCount; pe++) {
            int kind = pe % TYPES.length;
            boolean busy = random.nextBoolean();
            pes[pe] = new Pe(
                    TYPES[kind] + pe,
                    TYPES[kind],
                    busy ? NOW_NANOS + random.nextInt(1_000_000) : NOW_NANOS,
                    busy ? 1 : 0);
            boolean cpu = TYPES[kind].equals("cpu");
            for (int signature = 0; signature < SIGNATURES; signature++) {
                int pair = signature * peCount + pe;
                supports[pair] = cpu || (signature * 7 + kind) % 3 != 0;
                executionNanos[pair] = cpu ? work[signature] : work[signature] / (2 + (signature + kind) % 9);
                energyNanojoules[pair] = executionNanos[pair] * (cpu ? 3 : 7);
            }
            for (int space = 0; space < SPACES; space++) {
                // CPUs and the DSP share memory; the GPU and the FPGA have their own.
                int own = switch (TYPES[kind]) {
                    case "gpu" -> 1;
                    case "fpga" -> 2;
                    default -> 0;
                };
                transferNanos[space * peCount + pe] = space == own ? 0 : 20_000L + 5_000L * (space + own);
            }
        }
        tasks = new Task[taskCount];
        signatureOf = new int[taskCount];
        spaceOf = new int[taskCount];
        peOf = new int[taskCount];
        roundOf = new int[taskCount];
        for (int i = 0; i < taskCount; i++) {
            signatureOf[i] = random.nextInt(SIGNATURES);
            spaceOf[i] = random.nextInt(SPACES);
            long soft = NOW_NANOS + random.nextInt(50_000_000);
            tasks[i] = new Task(
                    i,
                    i / 4,
                    signatureOf[i],
                    NOW_NANOS - 1_000_000,
                    NOW_NANOS - random.nextInt(100_000),
                    work[signatureOf[i]] + random.nextInt(20) * 100_000L,
                    random.nextInt(4),
                    1 + random.nextInt(3),
                    random.nextInt(3),
                    soft,
                    NOW_NANOS + 1_000_000_000_000L,
                    1 + random.nextInt(10));
        }
    }

    /** Begins a round with the same tasks, none of them placed. */
    void begin() {
        round++;
        placed = 0;
        dropped = 0;
    }

    /** Tasks assigned in this round. */
    int placed() {
        return placed;
    }

    /** Tasks dropped in this round. */
    int dropped() {
        return dropped;
    }

    @Override
    public int size() {
        return tasks.length;
    }

    @Override
    public ReadyTask get(int index) {
        return tasks[index];
    }

    @Override
    public boolean supports(int task, int pe) {
        return supports[signatureOf[task] * pes.length + pe];
    }

    @Override
    public long executionNanos(int task, int pe) {
        return executionNanos[signatureOf[task] * pes.length + pe];
    }

    @Override
    public long executionDeviationNanos(int task, int pe) {
        return executionNanos(task, pe) / 10;
    }

    @Override
    public long transferNanos(int task, int pe) {
        return transferNanos[spaceOf[task] * pes.length + pe];
    }

    @Override
    public long energyNanojoules(int task, int pe) {
        return energyNanojoules[signatureOf[task] * pes.length + pe];
    }

    @Override
    public long optimisticRemainingNanos(int task, int pe) {
        return executionNanos(task, pe) / 2;
    }

    @Override
    public void assign(int task, int pe) {
        if (!supports(task, pe)) {
            throw new IllegalArgumentException("PE " + pe + " does not support task " + task);
        }
        decide(task);
        peOf[task] = pe;
        placed++;
    }

    @Override
    public void drop(int task) {
        decide(task);
        dropped++;
    }

    private void decide(int task) {
        if (roundOf[task] == round) {
            throw new IllegalArgumentException("task " + task + " was assigned or dropped already");
        }
        roundOf[task] = round;
    }

    /** The PEs; an object of its own, as the two interfaces' size and get clash. */
    final PePool pool = new PePool() {
        @Override
        public long nowNanos() {
            return NOW_NANOS;
        }

        @Override
        public int size() {
            return pes.length;
        }

        @Override
        public PeState get(int index) {
            return pes[index];
        }
    };
}
