// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.util.ArrayList;
import java.util.List;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.HostBuffer;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Value;
import org.saguaro.runtime.core.lowering.TaskGraph;
import org.saguaro.runtime.core.lowering.Types;

/**
 * Finds out whether a quarantined PE works again: runs one of its kernels on zeros that belong to nobody. Where it has no
 * kernel, or none of fixed shape, there is nothing to try, and the next task shows.
 */
final class Probe {

    private Probe() {}

    /** Worker thread. */
    static void run(PeHandle pe) throws AccelException {
        PreparedKernel kernel = pe.anyKernel();
        if (kernel == null || !hasFixedInputs(kernel.task().definition().segment())) {
            return;
        }
        LayerGraph segment = kernel.task().definition().segment();
        List<TensorBuffer> buffers = new ArrayList<>();
        try {
            TensorBuffer[] inputs = new TensorBuffer[segment.inputs().size()];
            for (int i = 0; i < inputs.length; i++) {
                inputs[i] = buffer(pe, segment.value(segment.inputs().get(i)), buffers);
                inputs[i].resize(
                        ((TensorSpec) segment.value(segment.inputs().get(i)).type())
                                .shape()
                                .sizes());
                uploadZeros(inputs[i]);
            }
            List<Integer> made = TaskGraph.outputIds(segment);
            TensorBuffer[] outputs = new TensorBuffer[made.size()];
            for (int i = 0; i < outputs.length; i++) {
                outputs[i] = buffer(pe, segment.value(made.get(i)), buffers);
            }
            kernel.probe(inputs, outputs);
        } finally {
            buffers.forEach(TensorBuffer::close);
        }
    }

    private static boolean hasFixedInputs(LayerGraph segment) {
        return segment.inputs().stream()
                .allMatch(id -> segment.value(id).type() instanceof TensorSpec spec
                        && spec.shape().isStatic());
    }

    private static TensorBuffer buffer(PeHandle pe, Value value, List<TensorBuffer> all) {
        TensorBuffer buffer =
                new TensorBuffer(Types.bufferDtype(value.type()), pe.domain().memory());
        all.add(buffer);
        return buffer;
    }

    private static void uploadZeros(TensorBuffer target) throws AccelException {
        try (HostBuffer zeros = HostMemory.get().allocate(target.sizeBytes())) {
            for (int i = 0; i < zeros.bytes().capacity(); i++) {
                zeros.bytes().put(i, (byte) 0);
            }
            target.memory().upload(zeros, target.storage(), target.sizeBytes());
        }
    }
}
