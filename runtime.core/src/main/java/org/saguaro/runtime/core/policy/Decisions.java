// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.policy;

import java.util.Arrays;

/**
 * What a policy decided in a round, by positions of tasks and PEs: the same for real rounds and simulated ones. Used again round after
 * round by one thread at a time; allocates only when there are more tasks than ever before.
 */
public final class Decisions {

    private static final int UNDECIDED = -1;
    private static final int DROPPED = -2;

    /** By task: its PE, or one of the above, which those are that no round has. */
    private int[] pes = new int[64];

    private int[] order = new int[64];
    private int placed;
    private int drops;

    public Decisions() {
        Arrays.fill(pes, UNDECIDED);
    }

    /** There are so many tasks, those that come in addition undecided. */
    public void room(int tasks) {
        if (tasks > pes.length) {
            int before = pes.length;
            int length = Math.max(tasks, 2 * before);
            pes = Arrays.copyOf(pes, length);
            Arrays.fill(pes, before, length, UNDECIDED);
            order = Arrays.copyOf(order, length);
        }
    }

    /** Nothing is decided any more about so many tasks, which are all that anything was decided about. */
    public void clear(int tasks) {
        Arrays.fill(pes, 0, tasks, UNDECIDED);
        placed = 0;
        drops = 0;
    }

    /**
     * Refuses what no policy may decide.
     *
     * @throws IllegalArgumentException if a position is unknown, or the task was decided about already
     */
    public void requireOpen(int task, int tasks, int pe, int peCount) {
        if (task < 0 || task >= tasks || pe < 0 || pe >= peCount) {
            throw new IllegalArgumentException("task " + task + " of " + tasks + " on PE " + pe + " of " + peCount);
        }
        requireUndecided(task);
    }

    /** As above, where no PE has a part in it. */
    public void requireOpen(int task, int tasks) {
        if (task < 0 || task >= tasks) {
            throw new IllegalArgumentException("task " + task + " of " + tasks);
        }
        requireUndecided(task);
    }

    private void requireUndecided(int task) {
        if (!isOpen(task)) {
            throw new IllegalArgumentException(
                    "task " + task + " was " + (isDropped(task) ? "dropped" : "assigned") + " already");
        }
    }

    /** The task goes to that PE. */
    public void place(int task, int pe) {
        pes[task] = pe;
        order[placed++] = task;
    }

    /** The task's request is given up. */
    public void drop(int task) {
        pes[task] = DROPPED;
        drops++;
    }

    /** How many tasks were placed. */
    public int placed() {
        return placed;
    }

    /** The task that was placed after so many others. */
    public int task(int decision) {
        return order[decision];
    }

    /** The PE of a task that was placed. */
    public int pe(int task) {
        return pes[task];
    }

    /** How many tasks were dropped. */
    public int drops() {
        return drops;
    }

    /** Whether the task was dropped. */
    public boolean isDropped(int task) {
        return pes[task] == DROPPED;
    }

    /** Whether nothing is decided about the task. */
    public boolean isOpen(int task) {
        return pes[task] == UNDECIDED;
    }
}
