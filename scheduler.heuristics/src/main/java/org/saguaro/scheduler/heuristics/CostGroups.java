// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.heuristics;

import java.util.Arrays;
import org.saguaro.scheduler.api.CostModel;
import org.saguaro.scheduler.api.PePool;

/**
 * The ready tasks of a round, those that cost the same on every PE taken together, for the rules that compare all of them before each
 * placement.
 *
 * <p>Of a group only its first task can be the one that such a rule takes: the others are worth the same and come later. So the rule looks
 * at groups, of which there are about as many as kinds of kernels and places of their inputs, whatever the length of the queue. And of
 * those it computes anew only what a placement has changed: PEs become available later and never earlier in a round, so a group's best PE
 * stays its best until that very PE is given something, and the finish time known until then is a lower bound of the true one.
 */
final class CostGroups {

    /** What a pair of task and PE costs. */
    enum Measure {
        EXECUTION,
        TRANSFER,
        TRANSFER_AND_EXECUTION
    }

    /** Said for no group. */
    static final int NONE = -1;

    /** Cost of a pair that is not supported. */
    private static final long UNSUPPORTED = Long.MAX_VALUE;

    private final Timeline timeline;
    private final Measure measure;
    private int pes;
    /** Costs by group and PE. */
    private long[] costNanos = new long[0];

    private int[] hashes = new int[0];
    /** Table of the groups by their rows' hashes: number of the group plus one, 0 for a free slot. */
    private int[] slots = new int[0];

    private int[] slotOf = new int[0];
    /** Groups with tasks left, in no order. */
    private int[] live = new int[0];
    /** Where a group is in {@link #live}. */
    private int[] indexOf = new int[0];

    private int liveCount;
    private int groupCount;
    /** First and last place of each group's tasks; places count the tasks in the order in which they were added. */
    private int[] head = new int[0];

    private int[] tail = new int[0];
    private int[] next = new int[0];
    private int[] taskAt = new int[0];
    private int places;
    private int[] bestPe = new int[0];
    private int[] secondPe = new int[0];
    private long[] bestNanos = new long[0];
    private long[] secondNanos = new long[0];
    /** How often the PE had been given something when the group was evaluated: it has changed if that has. */
    private int[] seenOfBest = new int[0];

    private int[] seenOfSecond = new int[0];
    private int[] given = new int[0];

    CostGroups(Timeline timeline, Measure measure) {
        this.timeline = timeline;
        this.measure = measure;
    }

    /** Begins a round of at most so many tasks, all to be added. */
    void begin(PePool pool, int tasks) {
        timeline.begin(pool);
        pes = pool.size();
        for (int group = 0; group < groupCount; group++) {
            slots[slotOf[group]] = 0;
        }
        groupCount = 0;
        liveCount = 0;
        places = 0;
        if (next.length < tasks) {
            next = new int[tasks];
            taskAt = new int[tasks];
        }
        if (given.length < pes) {
            given = new int[pes];
        }
        Arrays.fill(given, 0, pes, 0);
    }

    /** Adds a task, after those that go before it when all else is equal. One that nobody supports is left out. */
    void add(int task, CostModel costs) {
        int row = groupCount * pes;
        if (costNanos.length < row + pes) {
            costNanos = Arrays.copyOf(costNanos, Math.max(row + pes, 2 * costNanos.length));
        }
        boolean supported = false;
        long hash = 0;
        for (int pe = 0; pe < pes; pe++) {
            long cost = UNSUPPORTED;
            if (costs.supports(task, pe)) {
                supported = true;
                cost = switch (measure) {
                    case EXECUTION -> costs.executionNanos(task, pe);
                    case TRANSFER -> costs.transferNanos(task, pe);
                    case TRANSFER_AND_EXECUTION -> costs.transferNanos(task, pe) + costs.executionNanos(task, pe);
                };
            }
            costNanos[row + pe] = cost;
            hash = (hash ^ cost) * 0x9E3779B97F4A7C15L;
            hash ^= hash >>> 29;
        }
        if (!supported) {
            return;
        }
        int place = places++;
        taskAt[place] = task;
        next[place] = -1;
        int group = find((int) (hash ^ (hash >>> 32)), row);
        if (group == groupCount) {
            groupCount++;
            indexOf[group] = liveCount;
            live[liveCount++] = group;
            head[group] = place;
            evaluate(group);
        } else {
            next[tail[group]] = place;
        }
        tail[group] = place;
    }

    /** Number of groups that have tasks left. */
    int size() {
        return liveCount;
    }

    /** The groups that have tasks left, from index 0; in no order, and another one after each {@link #take}. */
    int group(int index) {
        return live[index];
    }

    /** The place of the group's first task in the order in which all were added. */
    int place(int group) {
        return head[group];
    }

    /** The PE on which the group's first task would be done first. */
    int bestPe(int group) {
        if (given[bestPe[group]] != seenOfBest[group]) {
            evaluate(group);
        }
        return bestPe[group];
    }

    /** When the group's first task would be done on its best PE. */
    long bestNanos(int group) {
        if (given[bestPe[group]] != seenOfBest[group]) {
            evaluate(group);
        }
        return bestNanos[group];
    }

    /** How much later the group's first task would be done on the second best PE; {@link Long#MAX_VALUE} if there is none. */
    long sufferageNanos(int group) {
        if (given[bestPe[group]] != seenOfBest[group]
                || (secondPe[group] != Timeline.NOBODY && given[secondPe[group]] != seenOfSecond[group])) {
            evaluate(group);
        }
        return secondPe[group] == Timeline.NOBODY ? Long.MAX_VALUE : secondNanos[group] - bestNanos[group];
    }

    /** The group whose first task would be done first of all, the one that was added first if there are several; {@link #NONE} if none is left. */
    int earliest() {
        int best = NONE;
        long least = Long.MAX_VALUE;
        for (int index = 0; index < liveCount; index++) {
            int group = live[index];
            // What is known may be too early, never too late: such a group need not be looked at.
            if (bestNanos[group] <= least) {
                long done = bestNanos(group);
                if (done < least || (done == least && head[group] < head[best])) {
                    least = done;
                    best = group;
                }
            }
        }
        return best;
    }

    /** Takes the group's first task out. */
    int take(int group) {
        int place = head[group];
        head[group] = next[place];
        if (head[group] < 0) {
            int index = indexOf[group];
            int last = live[--liveCount];
            live[index] = last;
            indexOf[last] = index;
        }
        return taskAt[place];
    }

    /** Gives a PE work until then. */
    void occupy(int pe, long untilNanos) {
        timeline.occupy(pe, untilNanos);
        given[pe]++;
    }

    private void evaluate(int group) {
        int row = group * pes;
        int task = taskAt[head[group]];
        int best = Timeline.NOBODY;
        int second = Timeline.NOBODY;
        long least = Long.MAX_VALUE;
        long secondLeast = Long.MAX_VALUE;
        for (int pe = 0; pe < pes; pe++) {
            long cost = costNanos[row + pe];
            if (cost == UNSUPPORTED) {
                continue;
            }
            long done = timeline.availableNanos(pe) + cost;
            if (done < least || (done == least && timeline.prefers(task, pe, best))) {
                second = best;
                secondLeast = least;
                best = pe;
                least = done;
            } else if (done < secondLeast) {
                second = pe;
                secondLeast = done;
            }
        }
        bestPe[group] = best;
        bestNanos[group] = least;
        seenOfBest[group] = given[best];
        secondPe[group] = second;
        secondNanos[group] = secondLeast;
        if (second != Timeline.NOBODY) {
            seenOfSecond[group] = given[second];
        }
    }

    /** The group with the costs of that row; the next new one, entered in the table, if there is none. */
    private int find(int hash, int row) {
        if (2 * (groupCount + 1) > slots.length) {
            growTable();
        }
        int mask = slots.length - 1;
        int slot = hash & mask;
        while (slots[slot] != 0) {
            int group = slots[slot] - 1;
            if (hashes[group] == hash && hasCosts(group, row)) {
                return group;
            }
            slot = (slot + 1) & mask;
        }
        slots[slot] = groupCount + 1;
        slotOf[groupCount] = slot;
        hashes[groupCount] = hash;
        return groupCount;
    }

    private boolean hasCosts(int group, int row) {
        int other = group * pes;
        return Arrays.equals(costNanos, other, other + pes, costNanos, row, row + pes);
    }

    private void growTable() {
        int capacity = Math.max(64, 2 * slots.length);
        slots = new int[capacity];
        int groups = capacity / 2;
        hashes = Arrays.copyOf(hashes, groups);
        slotOf = Arrays.copyOf(slotOf, groups);
        live = Arrays.copyOf(live, groups);
        indexOf = Arrays.copyOf(indexOf, groups);
        head = Arrays.copyOf(head, groups);
        tail = Arrays.copyOf(tail, groups);
        bestPe = Arrays.copyOf(bestPe, groups);
        secondPe = Arrays.copyOf(secondPe, groups);
        bestNanos = Arrays.copyOf(bestNanos, groups);
        secondNanos = Arrays.copyOf(secondNanos, groups);
        seenOfBest = Arrays.copyOf(seenOfBest, groups);
        seenOfSecond = Arrays.copyOf(seenOfSecond, groups);
        for (int group = 0; group < groupCount; group++) {
            int slot = hashes[group] & (capacity - 1);
            while (slots[slot] != 0) {
                slot = (slot + 1) & (capacity - 1);
            }
            slots[slot] = group + 1;
            slotOf[group] = slot;
        }
    }
}
