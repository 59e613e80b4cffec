// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.kernel;

import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.zynq.device.DmaPool;

/**
 * What the kernels of one engine have in common.
 *
 * @param pe id of the processing element, for messages
 * @param pool the device's memory
 * @param clockHz of the engine
 * @param simulated whether cycles, not the clock on the wall, say how long the engine takes
 * @param log is told what the engine does
 */
public record KernelSettings(String pe, DmaPool pool, long clockHz, boolean simulated, WorkLog log) {

    /** Tells the log of a failure, unless it is not the device's. */
    void logIfDeviceFailed(AccelException failure) {
        switch (failure.category()) {
            case KERNEL_FAILED, TIMEOUT, DEVICE_LOST -> log.failed(failure);
            case UNSUPPORTED, INVALID_INPUT, RESOURCE_EXHAUSTED -> {}
        }
    }
}
