// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.accel.api.Reconfigurable;
import org.saguaro.accel.zynq.device.Overlay;
import org.saguaro.accel.zynq.kernel.ConvKernels;
import org.saguaro.accel.zynq.kernel.KernelMaker;

/** An engine of one of several overlays: it works only while its overlay is loaded. */
final class ReconfigurablePe extends EnginePe implements Reconfigurable {

    private final Fpga fpga;
    private final Overlay overlay;

    ReconfigurablePe(PeDescriptor descriptor, Fpga fpga, Overlay overlay, KernelMaker kernels) {
        super(descriptor, overlay.name(), kernels);
        this.fpga = fpga;
        this.overlay = overlay;
    }

    @Override
    public void configure() throws AccelException {
        fpga.load(overlay);
    }

    @Override
    public long configurationNanos() {
        return fpga.loadNanos(overlay);
    }

    /** As above, for a convolution engine. */
    static final class Conv extends ConvPe implements Reconfigurable {
        private final Fpga fpga;
        private final Overlay overlay;

        Conv(PeDescriptor descriptor, Fpga fpga, Overlay overlay, ConvKernels kernels) {
            super(descriptor, overlay.name(), kernels);
            this.fpga = fpga;
            this.overlay = overlay;
        }

        @Override
        public void configure() throws AccelException {
            fpga.load(overlay);
        }

        @Override
        public long configurationNanos() {
            return fpga.loadNanos(overlay);
        }
    }
}
