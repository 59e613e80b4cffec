// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.nio.ByteBuffer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.saguaro.model.api.DType;

/** Makes libtorch tensors over memory that Java owns, without a copy. Whoever asks keeps the memory reachable. */
final class Blobs {

    private Blobs() {}

    /** A tensor over {@code bytes}, which must be direct; the caller closes it. */
    static Tensor tensor(ByteBuffer bytes, DType dtype, long[] sizes, long[] strides) {
        try (TensorOptions options = new TensorOptions(TorchTypes.of(dtype))) {
            if (bytes.capacity() == 0) {
                return torch.empty(sizes, options, null);
            }
            try (BytePointer pointer = new BytePointer(bytes)) {
                return torch.from_blob(pointer, sizes, strides, options);
            }
        }
    }

    /** The same, boxed. */
    static IValue boxed(ByteBuffer bytes, DType dtype, long[] sizes, long[] strides) {
        try (Tensor tensor = tensor(bytes, dtype, sizes, strides)) {
            return new IValue(tensor);
        }
    }

    /** Where the memory of a direct buffer starts. */
    static long address(ByteBuffer bytes) {
        try (BytePointer pointer = new BytePointer(bytes)) {
            return pointer.address();
        }
    }
}
