// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.kernel;

import org.saguaro.accel.api.Support;

/** A layer that an engine cannot run, found while reading it; becomes the answer of {@code supports}. */
final class Refusal extends Exception {

    private static final long serialVersionUID = 1L;

    private final Support.Cause cause;

    /** @param detail for people */
    Refusal(Support.Cause cause, String detail) {
        // Asked for every layer of every model: no stack trace.
        super(detail, null, false, false);
        this.cause = cause;
    }

    Support toSupport() {
        return Support.no(cause, String.valueOf(getMessage()));
    }
}
