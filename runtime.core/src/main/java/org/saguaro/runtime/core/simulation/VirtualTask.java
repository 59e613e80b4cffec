// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import org.jspecify.annotations.Nullable;
import org.saguaro.scheduler.api.ReadyTask;

/** One task of one request. Made once per {@link VirtualRequest} and used again with it. As an event: its delay is over, or its results are on the host. */
final class VirtualTask extends Event implements ReadyTask {

    /** What its event means. */
    enum Phase {
        /** It becomes ready. */
        DELAYED,
        /** The core has done it. */
        CORE,
        /** The results of its request, of which it was the last task, are on the host. */
        RESULTS
    }

    final VirtualRequest request;
    final int position;
    /** Row of its kernel. */
    final int row;
    /** Where its costs begin, by type of PE: of kernels, and of what follows. */
    final int costs;

    private final int optimisticCosts;
    final boolean isMoved;

    Phase phase = Phase.DELAYED;
    int pending;
    long readyNanos;
    long assignedNanos;
    long expectedNanos;
    /** In the queue of a PE, or in the heap of none. */
    @Nullable
    VirtualTask next;

    VirtualTask(VirtualRequest request, int position, int types) {
        this.request = request;
        this.position = position;
        ApplicationGraph graph = request.graph;
        row = graph.rows[position];
        costs = row * types;
        optimisticCosts = position * types;
        isMoved = graph.sources[position].length > 0 || graph.task(position).requestBytes() > 0;
    }

    void reset() {
        pending = request.graph.predecessors[position];
    }

    long optimisticNanos(int type) {
        return request.ranks.optimisticNanos[optimisticCosts + type];
    }

    TaskProfile profile() {
        return request.graph.task(position);
    }

    @Override
    public long id() {
        return request.firstTaskId + position;
    }

    @Override
    public long requestId() {
        return request.number;
    }

    @Override
    public int signature() {
        return row;
    }

    @Override
    public long submittedNanos() {
        return request.submittedNanos;
    }

    @Override
    public long readyNanos() {
        return readyNanos;
    }

    @Override
    public long upwardRankNanos() {
        return request.ranks.upwardNanos[position];
    }

    @Override
    public int tenant() {
        return request.tenant;
    }

    @Override
    public double tenantWeight() {
        return request.tenantWeight;
    }

    @Override
    public int priority() {
        return request.priority;
    }

    @Override
    public long softDeadlineNanos() {
        return request.softDeadlineNanos;
    }

    @Override
    public long hardDeadlineNanos() {
        return request.hardDeadlineNanos;
    }

    @Override
    public double value() {
        return request.value;
    }

    @Override
    public String toString() {
        return "task " + position + " (" + profile().label() + ") of request " + request.number + " of application "
                + request.graph.profile.name();
    }
}
