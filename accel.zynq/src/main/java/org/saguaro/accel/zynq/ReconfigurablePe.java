// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.accel.api.Reconfigurable;
import org.saguaro.accel.zynq.engine.Engine;
import org.saguaro.accel.zynq.kernel.ConvKernels;
import org.saguaro.accel.zynq.kernel.KernelMaker;

/** An engine of one of several overlays: it works only while its overlay is loaded. */
final class ReconfigurablePe extends EnginePe implements Reconfigurable {

    ReconfigurablePe(PeDescriptor descriptor, EngineSlot<? extends Engine> slot, double peak, KernelMaker kernels) {
        super(descriptor, slot, peak, kernels);
    }

    @Override
    public void configure() throws AccelException {
        slot().loadOverlay();
    }

    @Override
    public long configurationNanos() {
        return slot().overlayLoadNanos();
    }

    /** As above, a convolution engine. */
    static final class Conv extends ConvPe implements Reconfigurable {

        Conv(PeDescriptor descriptor, EngineSlot<? extends Engine> slot, double peak, ConvKernels kernels) {
            super(descriptor, slot, peak, kernels);
        }

        @Override
        public void configure() throws AccelException {
            slot().loadOverlay();
        }

        @Override
        public long configurationNanos() {
            return slot().overlayLoadNanos();
        }
    }
}
