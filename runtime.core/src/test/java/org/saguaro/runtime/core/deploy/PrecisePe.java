// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import java.nio.ByteBuffer;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.AdjustablePrecision;
import org.saguaro.accel.api.DeviceMemory;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.accel.api.Precision;
import org.saguaro.accel.api.Support;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;

/** A {@link FakePe} in host memory that rounds what it makes: to quarters in int8, to 256ths in int16. */
record PrecisePe(FakePe fake) implements AdjustablePrecision {

    @Override
    public Precision precisionFor(Precision least) {
        return switch (least) {
            case FLOAT32 -> Precision.FLOAT32;
            case INT16, TF32, FLOAT16 -> Precision.INT16;
            case INT8 -> Precision.INT8;
        };
    }

    @Override
    public Kernel prepare(LayerGraph segment, Precision least) {
        Kernel exact = fake.prepare(segment);
        Precision used = precisionFor(least);
        if (used == Precision.FLOAT32) {
            return exact;
        }
        float steps = used == Precision.INT8 ? 4 : 256;
        return new Kernel() {
            @Override
            public void execute(TensorBuffer[] inputs, TensorBuffer[] outputs) throws AccelException {
                exact.execute(inputs, outputs);
                for (TensorBuffer output : outputs) {
                    ByteBuffer bytes = output.host().bytes();
                    for (int i = 0; i < output.elementCount(); i++) {
                        float value = bytes.getFloat(Float.BYTES * i);
                        bytes.putFloat(Float.BYTES * i, Math.round(value * steps) / steps);
                    }
                }
            }

            @Override
            public void close() {
                exact.close();
            }
        };
    }

    @Override
    public Kernel prepare(LayerGraph segment) {
        return prepare(segment, Precision.FLOAT32);
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
    public WorkerScope openWorker() {
        return fake.openWorker();
    }
}
