// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.AdjustablePrecision;
import org.saguaro.accel.api.DeviceMemory;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.accel.api.Precision;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.Support;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;

/** A processing element as a deployment of a lower precision uses it. */
record AtPrecision(AdjustablePrecision pe, Precision precision) implements ProcessingElement {

    @Override
    public PeDescriptor descriptor() {
        return pe.descriptor();
    }

    @Override
    public DeviceMemory memory() {
        return pe.memory();
    }

    @Override
    public Support supports(LayerGraph graph, Layer layer) {
        return pe.supports(graph, layer);
    }

    @Override
    public Kernel prepare(LayerGraph segment) throws AccelException {
        return pe.prepare(segment, precision);
    }

    @Override
    public WorkerScope openWorker() throws AccelException {
        return pe.openWorker();
    }
}
