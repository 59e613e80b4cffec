// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

import java.util.List;
import org.saguaro.accel.api.contract.Sample;

class FftContractTest extends EngineContract {

    FftContractTest() {
        super("fft");
    }

    @Override
    protected List<Sample> extraSamples() {
        return SignalSamples.transforms();
    }
}
