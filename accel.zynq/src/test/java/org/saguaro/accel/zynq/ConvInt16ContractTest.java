// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

import java.util.List;
import org.saguaro.accel.api.AdjustablePrecision;
import org.saguaro.accel.api.Precision;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.contract.Sample;

/** Operands of 16 bits. How large errors may be at most is tested by {@code PrecisionTest}; here they must stay in the order of rounding. */
class ConvInt16ContractTest extends EngineContract {

    private static final double TOLERANCE = 2e-3;

    ConvInt16ContractTest() {
        super("conv");
    }

    @Override
    protected ProcessingElement createProcessingElement(int index) throws Exception {
        return new AtPrecision((AdjustablePrecision) super.createProcessingElement(index), Precision.INT16);
    }

    @Override
    protected List<Sample> extraSamples() {
        return ProductSamples.all();
    }

    @Override
    protected double tolerance(Sample sample) {
        return TOLERANCE;
    }
}
