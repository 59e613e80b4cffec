// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

import java.util.List;
import org.saguaro.accel.api.contract.Sample;

class ZipContractTest extends EngineContract {

    ZipContractTest() {
        super("zip");
    }

    @Override
    protected List<Sample> extraSamples() {
        return SignalSamples.zips();
    }
}
