// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.saguaro.scheduler.api.ReadyTask;

/** One request, used again for the next one of its application when none of its tasks is on its way any more. As an event: its hard deadline. */
final class VirtualRequest extends Event {

    /** Said of a memory space that has no replica. */
    static final long NOWHERE = Long.MAX_VALUE;

    final ApplicationGraph graph;
    final ApplicationRanks ranks;
    final VirtualTask[] tasks;
    /** By task and space: since when the space has its output, which may be in the future while a copy is under way. */
    final long[] replicaSince;

    private final int spaces;

    long number;
    long firstTaskId;
    long submittedNanos;
    int tenant;
    double tenantWeight;
    int priority;
    long softDeadlineNanos;
    long hardDeadlineNanos;
    double value;
    /** What it takes; null if that is drawn. */
    @Nullable
    RequestTimes recorded;

    /** Whether it has not ended. */
    boolean live;
    /** Tasks that are not done. */
    int unfinished;
    /** Tasks and copies of it that are ready, planned, queued or running. */
    int onItsWay;
    /** Those of them that wait in queues of PEs. */
    int queued;

    /** @param spaces how many memory spaces there are */
    VirtualRequest(ApplicationGraph graph, ApplicationRanks ranks, int types, int spaces) {
        this.graph = graph;
        this.ranks = ranks;
        this.spaces = spaces;
        replicaSince = new long[spaces == 1 ? 0 : graph.size() * spaces];
        tasks = new VirtualTask[graph.size()];
        for (int task = 0; task < tasks.length; task++) {
            tasks[task] = new VirtualTask(this, task, types);
        }
    }

    void begin(Arrivals.Arrival arrival, long requestNumber, long taskId) {
        number = requestNumber;
        firstTaskId = taskId;
        submittedNanos = arrival.nanos;
        tenant = arrival.tenant;
        tenantWeight = arrival.tenantWeight;
        priority = arrival.priority;
        hardDeadlineNanos = arrival.hardDeadlineNanos;
        softDeadlineNanos = Math.min(arrival.softDeadlineNanos, arrival.hardDeadlineNanos);
        value = arrival.value;
        recorded = arrival.recorded;
        live = true;
        unfinished = tasks.length;
        onItsWay = 0;
        queued = 0;
        Arrays.fill(replicaSince, NOWHERE);
        for (VirtualTask task : tasks) {
            task.reset();
        }
    }

    /** What passes from when a task's inputs are there until it is ready. */
    long delayNanos(int task) {
        RequestTimes times = recorded;
        return times == null ? graph.delayNanos[task] : times.tasks().get(task).delayNanos();
    }

    /** What a task was seen to take on a PE; null if that is not known. */
    RequestTimes.@Nullable Run run(int task) {
        RequestTimes times = recorded;
        return times == null ? null : times.tasks().get(task).run();
    }

    boolean canBeDropped() {
        return hardDeadlineNanos != ReadyTask.NO_DEADLINE;
    }

    /** A space has the output of a task from now on. */
    void publish(int task, int space, long nowNanos) {
        if (spaces > 1) {
            replicaSince[task * spaces + space] = nowNanos;
        }
    }

    // --- what policies are told about copies ---

    /** Expected time of the copies that a task needs to be read in a space. A replica counts as there once its copy has begun. */
    long expectedTransferNanos(int task, int space, Copies copies) {
        long nanos = space == Copies.HOST ? 0 : requestCopyNanos(task, space, copies);
        int[] sources = graph.sources[task];
        for (int i = 0; i < sources.length; i++) {
            int replicas = sources[i] * spaces;
            if (replicaSince[replicas + space] == NOWHERE) {
                nanos += copies.nanos(source(replicas), space, graph.sourceBytes[task][i]);
            }
        }
        return nanos;
    }

    private long requestCopyNanos(int task, int space, Copies copies) {
        long bytes = graph.requestBytes[task];
        return bytes == 0 ? 0 : copies.nanos(Copies.HOST, space, bytes);
    }

    /** The space to copy from: the host if it has the bytes, as in the runtime. */
    private int source(int replicas) {
        for (int space = Copies.HOST; space < spaces; space++) {
            if (replicaSince[replicas + space] != NOWHERE) {
                return space;
            }
        }
        throw new IllegalStateException("an output that was made is nowhere");
    }

    // --- copies as they happen, one after the other ---

    /** Brings what a task reads to a space, where that begins; returns when it is there. */
    long bringInputs(int task, int space, Copies copies, long beginNanos) {
        long nanos = beginNanos + (space == Copies.HOST ? 0 : requestCopyNanos(task, space, copies));
        int[] sources = graph.sources[task];
        for (int i = 0; i < sources.length; i++) {
            nanos = bring(sources[i], space, graph.sourceBytes[task][i], copies, nanos);
        }
        return nanos;
    }

    /** Brings the results to the host; returns when they are there. */
    long bringResults(Copies copies, long beginNanos) {
        long nanos = beginNanos;
        for (int task : graph.results) {
            nanos = bring(task, Copies.HOST, graph.resultBytes[task], copies, nanos);
        }
        return nanos;
    }

    private long bring(int task, int space, long bytes, Copies copies, long beginNanos) {
        if (spaces == 1) {
            return beginNanos;
        }
        int replicas = task * spaces;
        long since = replicaSince[replicas + space];
        if (since != NOWHERE) {
            // Somebody else may be bringing it: then it is waited for.
            return Math.max(beginNanos, since);
        }
        int from = source(replicas);
        long begin = Math.max(beginNanos, replicaSince[replicas + from]);
        long arrived;
        if (copies.isDirect(from, space)) {
            arrived = begin + copies.directNanos(from, space, bytes);
        } else {
            long atHost = begin + copies.directNanos(from, Copies.HOST, bytes);
            replicaSince[replicas + Copies.HOST] = atHost;
            arrived = atHost + copies.directNanos(Copies.HOST, space, bytes);
        }
        replicaSince[replicas + space] = arrived;
        return arrived;
    }
}
