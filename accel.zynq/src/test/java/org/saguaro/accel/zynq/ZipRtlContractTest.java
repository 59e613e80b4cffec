// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

/** Element-wise operations on the engine's RTL. */
class ZipRtlContractTest extends ZipContractTest {

    @Override
    Engines engines() {
        return Engines.RTL;
    }
}
