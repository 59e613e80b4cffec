// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import java.util.Arrays;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.model.api.DType;

/** A kernel in Java for one layer, whose complex64 operands and result have the same, known sizes. Owns nothing but its work space. */
public abstract class SignalKernel implements Kernel {

    private final String device;
    private final String name;
    private final int operands;
    private final long[] sizes;

    SignalKernel(String device, String name, int operands, long[] sizes) {
        this.device = device;
        this.name = name;
        this.operands = operands;
        this.sizes = sizes.clone();
    }

    /** Computes all elements; operands and result have their sizes. */
    abstract void compute(TensorBuffer[] inputs, TensorBuffer output) throws AccelException;

    @Override
    public void execute(TensorBuffer[] inputs, TensorBuffer[] outputs) throws AccelException {
        if (inputs.length != operands) {
            throw invalid("expected " + operands + " inputs, found " + inputs.length);
        }
        for (TensorBuffer input : inputs) {
            if (input.dtype() != DType.COMPLEX64 || !input.hasSizes(sizes)) {
                throw invalid("expected complex64" + Arrays.toString(sizes) + ", found " + input);
            }
        }
        outputs[0].resize(DType.COMPLEX64, sizes);
        compute(inputs, outputs[0]);
    }

    private AccelException invalid(String problem) {
        return new AccelException(AccelException.Category.INVALID_INPUT, device + ": " + name + ": " + problem);
    }

    @Override
    public void close() {
        // Its memory is Java's.
    }
}
