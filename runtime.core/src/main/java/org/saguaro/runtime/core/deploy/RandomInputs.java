// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Value;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.RequestException.Category;
import org.saguaro.runtime.core.lowering.Types;

/**
 * Inputs for a model of which nobody gave any: always the same normally distributed numbers, and zeros and ones where integers or booleans
 * are wanted, because those may be indices.
 */
final class RandomInputs {

    /** What they are, for people. */
    static final String WORDS = "random inputs";

    private static final long SEED = 1;

    private RandomInputs() {}

    /**
     * Inputs of a graph.
     *
     * @throws RequestException if it leaves sizes or types open
     */
    static List<Tensor> of(String deployment, LayerGraph graph) throws RequestException {
        Random random = new Random(SEED);
        List<Tensor> inputs = new ArrayList<>();
        for (int id : graph.inputs()) {
            Value value = graph.value(id);
            if (value.type() instanceof TensorSpec spec && spec.shape().isStatic()) {
                inputs.add(tensor(spec.dtype(), spec.shape().sizes(), random));
            } else if (value.type() instanceof ScalarType scalar) {
                inputs.add(tensor(Types.bufferDtype(scalar), new long[0], random));
            } else {
                throw new RequestException(
                        Category.INVALID_INPUT,
                        deployment + ": input " + value.name() + " is " + value.type()
                                + ", so nobody can make one up: deploy the model with the inputs of one request");
            }
        }
        return inputs;
    }

    private static Tensor tensor(DType dtype, long[] sizes, Random random) {
        int bytes = Math.toIntExact(Tensor.spanBytes(dtype, sizes, Tensor.denseStrides(sizes)));
        ByteBuffer data = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        while (data.hasRemaining()) {
            switch (dtype) {
                case FLOAT32, COMPLEX64 -> data.putFloat((float) random.nextGaussian());
                case FLOAT64, COMPLEX128 -> data.putDouble(random.nextGaussian());
                case FLOAT16 -> data.putShort(half((float) random.nextGaussian()));
                case BFLOAT16 -> data.putShort((short) (Float.floatToIntBits((float) random.nextGaussian()) >>> 16));
                case UINT8, INT8, BOOL -> data.put((byte) random.nextInt(2));
                case INT16 -> data.putShort((short) random.nextInt(2));
                case INT32 -> data.putInt(random.nextInt(2));
                case INT64 -> data.putLong(random.nextInt(2));
            }
        }
        return Tensor.dense(dtype, sizes, data.flip());
    }

    /** The binary16 towards zero; what is too small for a normal one is zero. */
    private static short half(float value) {
        int bits = Float.floatToIntBits(value);
        int exponent = ((bits >>> 23) & 0xff) - 127 + 15;
        int magnitude = exponent <= 0 ? 0 : (exponent << 10) | ((bits >>> 13) & 0x3ff);
        return (short) (((bits >>> 16) & 0x8000) | magnitude);
    }
}
