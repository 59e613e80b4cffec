// SPDX-License-Identifier: Apache-2.0
package org.saguaro.itest.faulty;

/** What goes wrong when a kernel is executed (or, where it says so, prepared). */
public enum Fault {
    /** Nothing: the result is right. */
    NONE,
    /** The kernel fails: category {@code KERNEL_FAILED}. */
    KERNEL_FAILED,
    /** The driver gives up waiting: category {@code TIMEOUT}. */
    TIMEOUT,
    /** The device is gone: category {@code DEVICE_LOST}, for every execution until healed, whatever period was asked for. */
    DEVICE_LOST,
    /** No memory: category {@code RESOURCE_EXHAUSTED}. */
    RESOURCE_EXHAUSTED,
    /** Cannot run what it said it supports: category {@code UNSUPPORTED}. */
    UNSUPPORTED,
    /** Blames the caller's data, which are right: category {@code INVALID_INPUT}. */
    INVALID_INPUT,
    /** A defect of the driver: an unchecked exception. */
    RUNTIME_EXCEPTION,
    /** Does not return before {@link FaultControl#release}, deaf to interrupts; then the result is right. */
    HANG,
    /** Executes well, but {@code prepare} fails with {@code RESOURCE_EXHAUSTED}. */
    PREPARE_FAILS
}
