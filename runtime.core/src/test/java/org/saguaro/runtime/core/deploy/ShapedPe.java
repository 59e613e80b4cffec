// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.DeviceMemory;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.accel.api.PeShape;
import org.saguaro.accel.api.Shaped;
import org.saguaro.accel.api.Support;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;

/** A {@link FakePe} that is one of several ways to use its hardware. */
record ShapedPe(FakePe fake, PeShape shape) implements Shaped {

    /** Of a group {@code cpu}. */
    static ShapedPe narrow(int index) {
        return new ShapedPe(FakePe.cpu("cpu" + index), new PeShape("cpu", "narrow"));
    }

    /** The other shape of the same group. */
    static ShapedPe wide() {
        return new ShapedPe(FakePe.cpu("wide0", "cpux2"), new PeShape("cpu", "wide"));
    }

    @Override
    public PeDescriptor descriptor() {
        return fake.descriptor();
    }

    @Override
    public DeviceMemory memory() {
        return fake.memory();
    }

    @Override
    public Support supports(LayerGraph graph, Layer layer) {
        return fake.supports(graph, layer);
    }

    @Override
    public Kernel prepare(LayerGraph segment) throws AccelException {
        return fake.prepare(segment);
    }

    @Override
    public WorkerScope openWorker() {
        return fake.openWorker();
    }
}
