// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench;

import java.lang.management.ManagementFactory;

/** Processor time of all threads of this process: on a machine that others use too it says more than the time by the clock. */
public final class ProcessTime {

    private ProcessTime() {}

    /** So far; its resolution may be as coarse as the scheduler's tick. */
    public static long nanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }
}
