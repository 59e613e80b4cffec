// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.profile;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;

/** Inputs for a model of which no real ones are there: for what kernels take, most of them do not matter. */
public final class RandomInputs {

    private RandomInputs() {}

    /**
     * Tensors as the model declares them: floating-point numbers from 0 to 1, integers 0 or 1.
     *
     * @throws IllegalArgumentException if the model leaves sizes or types open; says which input
     */
    public static List<Tensor> of(LayerGraph graph, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Tensor> inputs = new ArrayList<>();
        for (int input : graph.inputs()) {
            if (!(graph.value(input).type() instanceof TensorSpec spec)
                    || !spec.shape().isStatic()) {
                throw new IllegalArgumentException(
                        "found the input " + graph.value(input).name() + " of type "
                                + graph.value(input).type()
                                + ", expected fixed sizes: make an example folder with real inputs and profile that");
            }
            inputs.add(random(spec, random));
        }
        return inputs;
    }

    private static Tensor random(TensorSpec spec, SplittableRandom random) {
        ByteBuffer bytes =
                ByteBuffer.allocate(Math.toIntExact(spec.sizeBytes())).order(ByteOrder.LITTLE_ENDIAN);
        DType dtype = spec.dtype();
        while (bytes.hasRemaining()) {
            switch (dtype) {
                case FLOAT32, COMPLEX64 -> bytes.putFloat((float) random.nextDouble());
                case FLOAT64, COMPLEX128 -> bytes.putDouble(random.nextDouble());
                // 0 to 1 in steps of the leading bits.
                case BFLOAT16 -> bytes.putShort((short) (Float.floatToIntBits((float) random.nextDouble()) >>> 16));
                case FLOAT16 -> bytes.putShort((short) (0x3800 + random.nextInt(0x400)));
                case INT64 -> bytes.putLong(random.nextInt(2));
                case INT32 -> bytes.putInt(random.nextInt(2));
                case INT16 -> bytes.putShort((short) random.nextInt(2));
                case UINT8, INT8, BOOL -> bytes.put((byte) random.nextInt(2));
            }
        }
        bytes.flip();
        return Tensor.dense(dtype, spec.shape().sizes(), bytes);
    }
}
