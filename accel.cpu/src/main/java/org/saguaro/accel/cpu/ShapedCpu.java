// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import java.util.BitSet;
import org.saguaro.accel.api.DynamicTensors;
import org.saguaro.accel.api.PeShape;
import org.saguaro.accel.api.Shaped;

/** A {@link CpuProcessingElement} that is one of two ways to use the cores. */
final class ShapedCpu extends CpuProcessingElement implements Shaped, DynamicTensors {

    private final PeShape shape;

    ShapedCpu(int index, int threads, BitSet cores, Backend backend, SignalKernels signals, PeShape shape) {
        super(threads == 1 ? "cpu" + index : shape.name() + index, threads, cores, backend, signals);
        this.shape = shape;
    }

    @Override
    public PeShape shape() {
        return shape;
    }
}
