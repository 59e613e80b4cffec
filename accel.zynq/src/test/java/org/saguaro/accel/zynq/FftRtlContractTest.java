// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

/** Transforms on the engine's RTL. */
class FftRtlContractTest extends FftContractTest {

    @Override
    Engines engines() {
        return Engines.RTL;
    }
}
