// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import java.util.List;
import org.saguaro.runtime.core.cost.Ranks;

/**
 * The costs of an application's tasks, as they are believed when a run begins. The first place is the core's, in host memory, as in the
 * dispatcher's plans; the others are the types of PEs.
 */
final class ProfileCosts implements Ranks.Costs {

    private static final int CORE = 0;

    private final ApplicationGraph graph;
    private final List<Pool.PeType> types;
    private final Copies copies;
    private final Beliefs beliefs;

    ProfileCosts(ApplicationGraph graph, List<Pool.PeType> types, Copies copies, Beliefs beliefs) {
        this.graph = graph;
        this.types = types;
        this.copies = copies;
        this.beliefs = beliefs;
    }

    @Override
    public int places() {
        return 1 + types.size();
    }

    @Override
    public int members(int place) {
        return place == CORE ? 1 : types.get(place - 1).count();
    }

    @Override
    public long executionNanos(int task, int place) {
        int row = graph.rows[task];
        if (row == ApplicationGraph.NO_ROW) {
            return place == CORE ? graph.task(task).delayNanos() : NONE;
        }
        if (place == CORE) {
            return NONE;
        }
        long mean = beliefs.meanNanos[row * beliefs.types + place - 1];
        return mean == Beliefs.UNSUPPORTED ? NONE : mean;
    }

    @Override
    public long meanNanos(int task) {
        return graph.rows[task] == ApplicationGraph.NO_ROW ? graph.task(task).delayNanos() : NONE;
    }

    @Override
    public long transferNanos(int task, int successor, int from, int to) {
        long bytes = bytes(task, successor);
        return bytes == 0 ? 0 : copies.nanos(space(from), space(to), bytes);
    }

    private int space(int place) {
        return place == CORE ? Copies.HOST : copies.number(types.get(place - 1).space());
    }

    /** What a successor reads of a task; looked for at the end of the edge that has fewer of them. */
    private long bytes(int task, int successor) {
        int[] following = graph.successors[task];
        int[] sources = graph.sources[successor];
        if (sources.length < following.length) {
            return at(task, sources, graph.sourceBytes[successor]);
        }
        return at(successor, following, graph.edgeBytes[task]);
    }

    private static long at(int task, int[] tasks, long[] bytes) {
        for (int i = 0; i < tasks.length; i++) {
            if (tasks[i] == task) {
                return bytes[i];
            }
        }
        return 0;
    }
}
