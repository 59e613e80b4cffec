// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.time.Duration;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.tenant.Tenant;
import org.saguaro.scheduler.api.ReadyTask;

/**
 * How a request is to be treated, with its deadlines on the core's clock. {@link ReadyTask#NO_DEADLINE} where there is none.
 *
 * @param tenant on whose behalf; gives back the request's place when the request ends
 * @param timeoutNanos when it fails with TIMEOUT
 * @param value what it earns
 */
public record Terms(
        Tenant tenant, int priority, long timeoutNanos, long softDeadlineNanos, long hardDeadlineNanos, double value) {

    /** Those of a request that arrived at a time. */
    public static Terms of(RequestOptions options, Tenant tenant, long submittedNanos) {
        long hard = options.hardDeadline().map(d -> after(submittedNanos, d)).orElse(ReadyTask.NO_DEADLINE);
        return new Terms(
                tenant,
                options.priority(),
                after(submittedNanos, options.timeout()),
                options.softDeadline().map(d -> after(submittedNanos, d)).orElse(hard),
                hard,
                options.value());
    }

    /** When the request ends by itself at the latest. */
    public long endNanos() {
        return Math.min(timeoutNanos, hardDeadlineNanos);
    }

    /** Whether it is the hard deadline that ends it then, and not the time-out. */
    public boolean endsByDeadline() {
        return hardDeadlineNanos <= timeoutNanos;
    }

    /** Durations of centuries are allowed, and mean never. */
    private static long after(long nanos, Duration duration) {
        if (duration.toSeconds() >= Long.MAX_VALUE / 1_000_000_000L) {
            return ReadyTask.NO_DEADLINE;
        }
        long end = nanos + duration.toNanos();
        return end < nanos ? ReadyTask.NO_DEADLINE : end;
    }
}
