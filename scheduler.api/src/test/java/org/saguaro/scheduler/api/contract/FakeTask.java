// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.api.contract;

import org.saguaro.scheduler.api.ReadyTask;

/** A ready task with the figures it is given. */
public record FakeTask(
        long id, long requestId, int signature, long submittedNanos, long readyNanos, long upwardRankNanos, Terms terms)
        implements ReadyTask {

    /** What its request's caller said. */
    public record Terms(
            int tenant,
            double tenantWeight,
            int priority,
            long softDeadlineNanos,
            long hardDeadlineNanos,
            double value) {

        /** Tenant 0 of weight 1, priority 0, no deadlines, worth 1. */
        static final Terms NONE = new Terms(0, 1, 0, NO_DEADLINE, NO_DEADLINE, 1);
    }

    /** A task of its own request, submitted and ready at 0, of signature, rank, tenant and priority 0, without deadlines, worth 1. */
    public static FakeTask of(long id) {
        return new FakeTask(id, id, 0, 0, 0, 0, Terms.NONE);
    }

    /** This task with another signature. */
    public FakeTask signature(int other) {
        return new FakeTask(id, requestId, other, submittedNanos, readyNanos, upwardRankNanos, terms);
    }

    /** This task as part of another request. */
    public FakeTask request(long other) {
        return new FakeTask(id, other, signature, submittedNanos, readyNanos, upwardRankNanos, terms);
    }

    /** This task with another upward rank. */
    public FakeTask upwardRank(long nanos) {
        return new FakeTask(id, requestId, signature, submittedNanos, readyNanos, nanos, terms);
    }

    /** This task, submitted and ready at another time. */
    public FakeTask ready(long nanos) {
        return new FakeTask(id, requestId, signature, nanos, nanos, upwardRankNanos, terms);
    }

    private FakeTask terms(Terms other) {
        return new FakeTask(id, requestId, signature, submittedNanos, readyNanos, upwardRankNanos, other);
    }

    /** This task on behalf of a tenant. */
    public FakeTask tenant(int number, double weight) {
        return terms(new Terms(
                number, weight, terms.priority, terms.softDeadlineNanos, terms.hardDeadlineNanos, terms.value));
    }

    /** This task with another priority. */
    public FakeTask priority(int other) {
        return terms(new Terms(
                terms.tenant,
                terms.tenantWeight,
                other,
                terms.softDeadlineNanos,
                terms.hardDeadlineNanos,
                terms.value));
    }

    /** This task, its request due at these times and worth that much. */
    public FakeTask due(long softNanos, long hardNanos, double worth) {
        return terms(new Terms(terms.tenant, terms.tenantWeight, terms.priority, softNanos, hardNanos, worth));
    }

    @Override
    public int tenant() {
        return terms.tenant;
    }

    @Override
    public double tenantWeight() {
        return terms.tenantWeight;
    }

    @Override
    public int priority() {
        return terms.priority;
    }

    @Override
    public long softDeadlineNanos() {
        return terms.softDeadlineNanos;
    }

    @Override
    public long hardDeadlineNanos() {
        return terms.hardDeadlineNanos;
    }

    @Override
    public double value() {
        return terms.value;
    }
}
