// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

import java.util.Optional;
import org.saguaro.accel.zynq.device.DeviceException;
import org.saguaro.accel.zynq.device.FpgaDevice;

/** Transforms on the engine's RTL. */
class FftRtlContractTest extends FftContractTest {

    @Override
    protected Optional<String> unavailable() {
        return Simulation.unavailable();
    }

    @Override
    FpgaDevice device() throws DeviceException {
        return Simulation.open();
    }

    @Override
    protected int repetitions() {
        return 2;
    }

    @Override
    protected long garbageBytesPerExecution() {
        return 0;
    }
}
