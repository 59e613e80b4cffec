// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

/** Convolutions on the engine's RTL. */
class ConvRtlContractTest extends ConvContractTest {

    @Override
    Engines engines() {
        return Engines.RTL;
    }
}
