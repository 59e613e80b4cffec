// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

import java.util.List;
import org.saguaro.accel.api.contract.Sample;

/** Float32 by limbs: the samples' own tolerances hold. */
class ConvContractTest extends EngineContract {

    ConvContractTest() {
        super("conv");
    }

    @Override
    protected List<Sample> extraSamples() {
        return ProductSamples.all();
    }
}
