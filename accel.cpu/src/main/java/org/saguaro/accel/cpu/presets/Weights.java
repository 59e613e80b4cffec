// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.IValue;
import org.saguaro.accel.cpu.Carriers;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.Weight;

/** The raw weights of a segment as boxed tensors over the archive's memory: nothing is copied. Made while preparing. */
final class Weights {

    private final NativeOwner owner;
    private final Map<Integer, IValue> boxed = new HashMap<>();
    private final List<ByteBuffer> memory = new ArrayList<>();

    Weights(NativeOwner owner) {
        this.owner = owner;
    }

    /** The boxed tensor of a weight. */
    IValue boxed(Weight weight) {
        return boxed.computeIfAbsent(weight.value(), id -> {
            Tensor data = weight.data();
            ByteBuffer bytes = Carriers.direct(data.bytes());
            memory.add(bytes);
            return owner.own(Blobs.boxed(bytes, data.dtype(), data.sizes(), data.strides()));
        });
    }

    /** The memory that must stay reachable as long as the boxed tensors are in use. */
    List<ByteBuffer> memory() {
        return memory;
    }
}
