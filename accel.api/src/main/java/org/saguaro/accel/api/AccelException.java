// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api;

/** A processing element could not do what was asked. The category says what the core does next. */
public final class AccelException extends Exception {

    private static final long serialVersionUID = 1L;

    /** What went wrong, as far as the core must tell cases apart. */
    public enum Category {
        /** This PE cannot run the layer at all: it goes to another PE and does not count as a fault. */
        UNSUPPORTED,
        /** The request's data do not fit the layer (sizes, index out of range): no other PE would succeed; the caller is told. */
        INVALID_INPUT,
        /** Memory or another resource is exhausted: the task goes to another PE. */
        RESOURCE_EXHAUSTED,
        /** The kernel failed: the task goes to another PE, and the fault counts against this one. */
        KERNEL_FAILED,
        /** The device did not answer in time: as {@link #KERNEL_FAILED}. */
        TIMEOUT,
        /** The device is gone or in an unknown state: the PE is quarantined at once. */
        DEVICE_LOST
    }

    private final Category category;

    /**
     * @param message what failed on which device, and what to check: {@code zynq0: DMA timed out after 50 ms; check the clock}
     */
    public AccelException(Category category, String message) {
        super(message);
        this.category = category;
    }

    /** As above, with the exception that showed it. */
    public AccelException(Category category, String message, Throwable cause) {
        super(message, cause);
        this.category = category;
    }

    /** What the core goes by. */
    public Category category() {
        return category;
    }
}
