// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.calls;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.saguaro.runtime.core.dispatch.Plan;

/**
 * A plan for calls of one kind, used by those in flight: it goes only when there are none. Thread-safe.
 */
final class PreparedCall {

    private static final int GONE = Integer.MIN_VALUE / 2;

    private final PlanKey key;
    private final Plan plan;
    private final int[] inputOperands;
    private final @Nullable List<Spec> results;
    private final BufferPool.@Nullable Shelf[] shelves;
    /** Calls in flight; far below zero once it is gone. */
    private final AtomicInteger users = new AtomicInteger();

    private volatile long lastUsedTick;
    private volatile boolean unwanted;

    /**
     * @param inputOperands operand of each input of the plan's graph
     * @param results what it makes; null if that is seen when it is there
     */
    PreparedCall(PlanKey key, Plan plan, int[] inputOperands, @Nullable List<Spec> results, BufferPool pool) {
        this.key = key;
        this.plan = plan;
        this.inputOperands = inputOperands;
        this.results = results;
        shelves = new BufferPool.@Nullable Shelf[key.template().results()];
        for (int i = 0; results != null && i < shelves.length; i++) {
            shelves[i] = pool.shelf(results.get(i));
        }
    }

    PlanKey key() {
        return key;
    }

    Plan plan() {
        return plan;
    }

    /** How many inputs the plan's graph has. */
    int inputs() {
        return inputOperands.length;
    }

    int operandOfInput(int input) {
        return inputOperands[input];
    }

    /** What a result is; null if that is seen when it is there. */
    @Nullable
    Spec result(int index) {
        return results == null ? null : results.get(index);
    }

    BufferPool.@Nullable Shelf shelf(int result) {
        return shelves[result];
    }

    /** One more call uses it; false if it is gone. */
    boolean acquire(long tick) {
        if (users.incrementAndGet() < 0) {
            users.decrementAndGet();
            return false;
        }
        if (lastUsedTick != tick) {
            lastUsedTick = tick;
        }
        return true;
    }

    /** A call has ended. */
    void release() {
        if (users.decrementAndGet() == 0 && unwanted) {
            retireIfUnused();
        }
    }

    /** Closes the kernels if no call uses them; from then on nobody can. */
    boolean retireIfUnused() {
        if (users.compareAndSet(0, GONE)) {
            plan.retire();
            return true;
        }
        return false;
    }

    /** It goes when its last call has ended. */
    void retireWhenUnused() {
        unwanted = true;
        retireIfUnused();
    }

    long lastUsedTick() {
        return lastUsedTick;
    }
}
