// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * An ability of a {@link Shaped} PE: its shape has to be brought about, which takes time, as when programmable logic is loaded with another
 * overlay. Kernels are prepared for it whatever the hardware holds; they are executed only after {@link #configure}. The core changes the shape of such
 * a group when the work that another one would have saved exceeds the price of the change.
 */
@ConsumerType
public interface Reconfigurable extends Shaped {

    /**
     * Brings the hardware into this PE's shape; does nothing if it is in it. The core calls it on one PE of the shape, when no kernel of the
     * group's other shapes runs or will be started. May take seconds; any thread, one at a time per group.
     *
     * @throws AccelException if it cannot be done; what the hardware holds then is unknown, and the core tries the former shape again
     */
    void configure() throws AccelException;

    /** What {@link #configure} is expected to take, in nanoseconds: measured, or as the hardware's description says. */
    long configurationNanos();
}
