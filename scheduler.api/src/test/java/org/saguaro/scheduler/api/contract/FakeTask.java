// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.api.contract;

import org.saguaro.scheduler.api.ReadyTask;

/** A ready task with the figures it is given. */
public record FakeTask(
        long id, long requestId, int signature, long submittedNanos, long readyNanos, long upwardRankNanos)
        implements ReadyTask {

    /** A task of its own request, submitted and ready at 0, of signature 0 and rank 0. */
    public static FakeTask of(long id) {
        return new FakeTask(id, id, 0, 0, 0, 0);
    }

    /** This task with another signature. */
    public FakeTask signature(int other) {
        return new FakeTask(id, requestId, other, submittedNanos, readyNanos, upwardRankNanos);
    }

    /** This task as part of another request. */
    public FakeTask request(long other) {
        return new FakeTask(id, other, signature, submittedNanos, readyNanos, upwardRankNanos);
    }

    /** This task with another upward rank. */
    public FakeTask upwardRank(long nanos) {
        return new FakeTask(id, requestId, signature, submittedNanos, readyNanos, nanos);
    }

    /** This task, submitted and ready at another time. */
    public FakeTask ready(long nanos) {
        return new FakeTask(id, requestId, signature, nanos, nanos, upwardRankNanos);
    }
}
