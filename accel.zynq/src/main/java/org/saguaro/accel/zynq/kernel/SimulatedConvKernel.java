// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.kernel;

import java.util.List;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.ModelledTime;
import org.saguaro.accel.zynq.engine.ConvEngine;
import org.saguaro.model.api.LayerGraph;

/** A {@link ConvKernel} whose engine is simulated: its time is what the cycles would take at the overlay's clock, and what the host took for copies. */
final class SimulatedConvKernel extends ConvKernel implements ModelledTime {

    SimulatedConvKernel(
            KernelSettings settings,
            EngineSource<ConvEngine> source,
            LayerGraph graph,
            List<UnitKernel> kernels,
            List<Integer> given)
            throws AccelException {
        super(settings, source, graph, kernels, given);
    }

    @Override
    public long modelledNanos() {
        return nanosAtClock();
    }
}
