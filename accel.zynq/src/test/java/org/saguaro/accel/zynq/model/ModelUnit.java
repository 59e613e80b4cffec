// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.model;

import org.saguaro.accel.zynq.model.ModelBus.Failure;

/** What an engine computes. */
interface ModelUnit {

    int id();

    int caps0();

    int caps1();

    /** Roughly, of the command that is configured. */
    long cycles(int[] configuration);

    /** Reads, computes, writes. */
    void run(int[] configuration, ModelBus bus) throws Failure;

    /** A pair of registers. */
    static long address(int[] configuration, int index) {
        return Integer.toUnsignedLong(configuration[index]) | (configuration[index + 1] & 0xFFL) << 32;
    }
}
