// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.linux;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.saguaro.accel.zynq.device.DeviceException;

/** The end of our patience with the kernel. */
final class Deadline {

    private static final long BETWEEN_LOOKS_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final long startNanos = System.nanoTime();
    private final long timeoutNanos;

    Deadline(long timeoutNanos) {
        this.timeoutNanos = timeoutNanos;
    }

    /**
     * Lets a little time pass.
     *
     * @throws DeviceException if there is none left, or the thread is interrupted: says what was waited for
     */
    void check(String unmet) throws DeviceException {
        if (Thread.currentThread().isInterrupted()) {
            throw new DeviceException(unmet + "; the waiting thread was interrupted");
        }
        if (System.nanoTime() - startNanos >= timeoutNanos) {
            throw new DeviceException(unmet + "; waited " + TimeUnit.NANOSECONDS.toMillis(timeoutNanos) + " ms");
        }
        LockSupport.parkNanos(BETWEEN_LOOKS_NANOS);
    }
}
