// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

import java.time.Duration;

/**
 * How to treat a request.
 *
 * @param timeout from submission to result; then it fails with {@link RequestException.Category#TIMEOUT}
 */
public record RequestOptions(Duration timeout) {

    /** Thirty seconds. */
    public static final RequestOptions DEFAULT = new RequestOptions(Duration.ofSeconds(30));

    public RequestOptions {
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("the time-out must be positive, found " + timeout);
        }
    }
}
