// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api;

/** Whether a PE can run a layer; if not, why. The reason is shown to the user in the placement report. */
public sealed interface Support {

    /** It can. */
    enum Supported implements Support {
        YES
    }

    /**
     * It cannot.
     *
     * @param cause the class of reason
     * @param detail for people, for instance {@code kernel 7x7 is larger than 5x5}
     */
    record Unsupported(Cause cause, String detail) implements Support {}

    /** Why a layer is not supported. */
    enum Cause {
        /** It has no such operator. */
        OPERATOR,
        /** An element type. */
        DTYPE,
        /** Sizes, or the number of dimensions. */
        SHAPE,
        /** Another argument of the operator. */
        ATTRIBUTE,
        /** The layer's tensors need more memory than the device has. */
        MEMORY
    }

    /** The answer yes. */
    static Support yes() {
        return Supported.YES;
    }

    /** The answer no. */
    static Support no(Cause cause, String detail) {
        return new Unsupported(cause, detail);
    }

    /** Whether the answer is yes. */
    default boolean isSupported() {
        return this == Supported.YES;
    }
}
