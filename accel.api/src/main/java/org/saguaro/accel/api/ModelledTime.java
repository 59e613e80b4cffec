// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * An ability of a {@link Kernel} of a simulated device: it knows how long the device that it stands for would have taken. The cost model goes by
 * that, so that layers are placed as they would be on the device; traces and latencies keep the time of the clock.
 */
@ConsumerType
public interface ModelledTime extends Kernel {

    /** What the last {@link #execute} would have taken, in nanoseconds. Asked by the worker thread after each one that succeeded. */
    long modelledNanos();
}
