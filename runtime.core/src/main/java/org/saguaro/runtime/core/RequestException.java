// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

import org.jspecify.annotations.Nullable;

/** A request failed. The message says why and what to do. */
public final class RequestException extends Exception {

    private static final long serialVersionUID = 1L;

    /** Who can do something about it. */
    public enum Category {
        /** The inputs do not fit the model: the caller. */
        INVALID_INPUT,
        /** Too many requests wait already: try again later. */
        REJECTED,
        /** It did not finish in time; the message says what it was waiting for. */
        TIMEOUT,
        /** Its hard deadline passed, or the scheduling policy saw that it could not be met. */
        DEADLINE,
        /** Its caller did not want it any more. */
        CANCELLED,
        /** The deployment is closed. */
        UNDEPLOYED,
        /** Every PE that could run a layer failed to. */
        FAILED
    }

    private final Category category;

    public RequestException(Category category, String message) {
        super(message);
        this.category = category;
    }

    public RequestException(Category category, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.category = category;
    }

    public Category category() {
        return category;
    }
}
