// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.AdjustablePrecision;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.accel.api.Precision;
import org.saguaro.accel.zynq.engine.Engine;
import org.saguaro.accel.zynq.kernel.ConvKernels;
import org.saguaro.model.api.LayerGraph;

/** A convolution engine: the less precision is asked for, the fewer passes it takes. */
class ConvPe extends EnginePe implements AdjustablePrecision {

    ConvPe(PeDescriptor descriptor, EngineSlot<? extends Engine> slot, double peak, ConvKernels kernels) {
        super(descriptor, slot, peak, kernels);
    }

    @Override
    public final Precision precisionFor(Precision least) {
        return ConvKernels.precisionFor(least);
    }

    @Override
    public final Kernel prepare(LayerGraph segment, Precision least) throws AccelException {
        return kernels().prepare(segment, precisionFor(least));
    }
}
