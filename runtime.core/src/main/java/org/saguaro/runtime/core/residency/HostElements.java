// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.residency;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.host.ModelRaisedException;

/** Elements of a tensor in host memory as Python's objects. */
final class HostElements {

    private final TensorBuffer tensor;
    private final double[] reals;

    private HostElements(TensorBuffer tensor) {
        this.tensor = tensor;
        this.reals = tensor.dtype().isFloatingPoint() ? reals(tensor) : new double[0];
    }

    /** The one element of a tensor. */
    static Object item(TensorBuffer tensor) {
        if (tensor.elementCount() != 1) {
            throw new ModelRaisedException(
                    "RuntimeError", "a tensor with " + tensor.elementCount() + " elements cannot be one number");
        }
        return new HostElements(tensor).element(0);
    }

    /** All elements, in lists in lists. */
    static Object toList(TensorBuffer tensor) {
        HostElements elements = new HostElements(tensor);
        return tensor.rank() == 0 ? elements.element(0) : elements.list(0, 0);
    }

    private List<Object> list(int dim, int offset) {
        long stride = 1;
        for (int d = dim + 1; d < tensor.rank(); d++) {
            stride *= tensor.size(d);
        }
        List<Object> list = new ArrayList<>();
        for (int i = 0; i < tensor.size(dim); i++) {
            int position = Math.toIntExact(offset + i * stride);
            list.add(dim + 1 == tensor.rank() ? element(position) : list(dim + 1, position));
        }
        return Collections.unmodifiableList(list);
    }

    private Object element(int index) {
        ByteBuffer bytes = tensor.host().bytes().duplicate().order(ByteOrder.LITTLE_ENDIAN);
        return switch (tensor.dtype()) {
            case UINT8 -> (long) (bytes.get(index) & 0xff);
            case INT8 -> (long) bytes.get(index);
            case INT16 -> (long) bytes.getShort(2 * index);
            case INT32 -> (long) bytes.getInt(4 * index);
            case INT64 -> bytes.getLong(8 * index);
            case BOOL -> bytes.get(index) != 0;
            case FLOAT16, BFLOAT16, FLOAT32, FLOAT64 -> reals[index];
            case COMPLEX64, COMPLEX128 ->
                throw new ModelRaisedException("RuntimeError", "a complex number cannot be a real one");
        };
    }

    private static double[] reals(TensorBuffer tensor) {
        DType dtype = tensor.dtype();
        ByteBuffer bytes = tensor.host().bytes().duplicate();
        bytes.limit(Math.toIntExact(tensor.sizeBytes()));
        return Tensor.dense(dtype, tensor.sizes(), bytes).toDoubles();
    }
}
