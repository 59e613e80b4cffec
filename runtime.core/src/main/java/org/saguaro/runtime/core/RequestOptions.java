// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

import java.time.Duration;
import java.util.Optional;

/**
 * How to treat a request. Durations count from its submission.
 *
 * @param timeout to the result; then it fails with {@link RequestException.Category#TIMEOUT}
 * @param tenant on whose behalf: tenants have shares and bounds of their own ({@link SaguaroRuntime#tenants})
 * @param priority larger goes first under a policy that looks at it; 0 is normal
 * @param softDeadline when the result begins to lose value, for policies that look at it
 * @param hardDeadline when the result is worth nothing any more: the request then fails with {@link RequestException.Category#DEADLINE}, and a
 *     policy may let it fail earlier when it sees that there is no hope. Without a soft deadline, its value is the same until then
 * @param value what the result earns if it is there by the soft deadline, compared with other requests; positive
 */
public record RequestOptions(
        Duration timeout,
        String tenant,
        int priority,
        Optional<Duration> softDeadline,
        Optional<Duration> hardDeadline,
        double value) {

    /** The tenant of all who name none. */
    public static final String DEFAULT_TENANT = "default";

    /** Thirty seconds, normal priority, no deadlines. */
    public static final RequestOptions DEFAULT = new RequestOptions(Duration.ofSeconds(30));

    /** The defaults with another time-out. */
    public RequestOptions(Duration timeout) {
        this(timeout, DEFAULT_TENANT, 0, Optional.empty(), Optional.empty(), 1);
    }

    public RequestOptions {
        requirePositive("the time-out", timeout);
        softDeadline.ifPresent(deadline -> requirePositive("the soft deadline", deadline));
        hardDeadline.ifPresent(deadline -> requirePositive("the hard deadline", deadline));
        if (softDeadline.isPresent()
                && hardDeadline.isPresent()
                && softDeadline.get().compareTo(hardDeadline.get()) > 0) {
            throw new IllegalArgumentException("the soft deadline must not be after the hard one, found "
                    + softDeadline.get() + " and " + hardDeadline.get());
        }
        if (tenant.isBlank()) {
            throw new IllegalArgumentException("a tenant needs a name, found '" + tenant + "'");
        }
        if (!(value > 0) || Double.isInfinite(value)) {
            throw new IllegalArgumentException("the value must be positive, found " + value);
        }
    }

    private static void requirePositive(String what, Duration duration) {
        if (duration.isNegative() || duration.isZero()) {
            throw new IllegalArgumentException(what + " must be positive, found " + duration);
        }
    }

    /** The same with another time-out. */
    public RequestOptions withTimeout(Duration other) {
        return new RequestOptions(other, tenant, priority, softDeadline, hardDeadline, value);
    }

    /** The same on behalf of another tenant. */
    public RequestOptions withTenant(String other) {
        return new RequestOptions(timeout, other, priority, softDeadline, hardDeadline, value);
    }

    /** The same with another priority. */
    public RequestOptions withPriority(int other) {
        return new RequestOptions(timeout, tenant, other, softDeadline, hardDeadline, value);
    }

    /** The same with another soft deadline. */
    public RequestOptions withSoftDeadline(Duration other) {
        return new RequestOptions(timeout, tenant, priority, Optional.of(other), hardDeadline, value);
    }

    /** The same with another hard deadline. */
    public RequestOptions withHardDeadline(Duration other) {
        return new RequestOptions(timeout, tenant, priority, softDeadline, Optional.of(other), value);
    }

    /** The same with another value. */
    public RequestOptions withValue(double other) {
        return new RequestOptions(timeout, tenant, priority, softDeadline, hardDeadline, other);
    }
}
