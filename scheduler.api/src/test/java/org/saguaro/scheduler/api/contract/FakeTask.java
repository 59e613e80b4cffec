// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.api.contract;

import org.saguaro.scheduler.api.ReadyTask;

/** A ready task with the figures it is given. */
public record FakeTask(
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
        implements ReadyTask {

    /** A task of its own request, submitted and ready at 0, of signature, rank, tenant and priority 0, without deadlines, worth 1. */
    public static FakeTask of(long id) {
        return new FakeTask(id, id, 0, 0, 0, 0, 0, 1, 0, NO_DEADLINE, NO_DEADLINE, 1);
    }

    /** This task with another signature. */
    public FakeTask signature(int other) {
        return new FakeTask(
                id,
                requestId,
                other,
                submittedNanos,
                readyNanos,
                upwardRankNanos,
                tenant,
                tenantWeight,
                priority,
                softDeadlineNanos,
                hardDeadlineNanos,
                value);
    }

    /** This task as part of another request. */
    public FakeTask request(long other) {
        return new FakeTask(
                id,
                other,
                signature,
                submittedNanos,
                readyNanos,
                upwardRankNanos,
                tenant,
                tenantWeight,
                priority,
                softDeadlineNanos,
                hardDeadlineNanos,
                value);
    }

    /** This task with another upward rank. */
    public FakeTask upwardRank(long nanos) {
        return new FakeTask(
                id,
                requestId,
                signature,
                submittedNanos,
                readyNanos,
                nanos,
                tenant,
                tenantWeight,
                priority,
                softDeadlineNanos,
                hardDeadlineNanos,
                value);
    }

    /** This task, submitted and ready at another time. */
    public FakeTask ready(long nanos) {
        return new FakeTask(
                id,
                requestId,
                signature,
                nanos,
                nanos,
                upwardRankNanos,
                tenant,
                tenantWeight,
                priority,
                softDeadlineNanos,
                hardDeadlineNanos,
                value);
    }

    /** This task on behalf of a tenant. */
    public FakeTask tenant(int number, double weight) {
        return new FakeTask(
                id,
                requestId,
                signature,
                submittedNanos,
                readyNanos,
                upwardRankNanos,
                number,
                weight,
                priority,
                softDeadlineNanos,
                hardDeadlineNanos,
                value);
    }

    /** This task with another priority. */
    public FakeTask priority(int other) {
        return new FakeTask(
                id,
                requestId,
                signature,
                submittedNanos,
                readyNanos,
                upwardRankNanos,
                tenant,
                tenantWeight,
                other,
                softDeadlineNanos,
                hardDeadlineNanos,
                value);
    }

    /** This task, its request due at these times and worth that much. */
    public FakeTask due(long softNanos, long hardNanos, double worth) {
        return new FakeTask(
                id,
                requestId,
                signature,
                submittedNanos,
                readyNanos,
                upwardRankNanos,
                tenant,
                tenantWeight,
                priority,
                softNanos,
                hardNanos,
                worth);
    }
}
