// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.kernel;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.Support;
import org.saguaro.accel.zynq.engine.ZipEngine;
import org.saguaro.accel.zynq.engine.ZipEngine.Operation;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.SignalOps;

/** Kernels of an engine for element-wise operations: sum, difference, product and product by the conjugate of complex64 tensors of equal sizes. */
public final class ZipKernels extends SignalKernels<ZipKernels.Zip> {

    record Zip(Operation operation, int left, int right, int output) {}

    /** Of two complex numbers. */
    public static final int OPERATIONS_PER_PRODUCT = 6;

    private final EngineSource<ZipEngine> source;

    public ZipKernels(KernelSettings settings, EngineSource<ZipEngine> source) {
        super(settings);
        this.source = source;
    }

    @Override
    Zip read(LayerGraph graph, Layer layer) throws Refusal {
        Operation operation = operation(layer);
        Arguments arguments = new Arguments(graph, layer);
        int left = arguments.tensor("self");
        int right = arguments.tensor("other");
        int output = arguments.output();
        int[] sizes = arguments.sizes(output, DType.COMPLEX64);
        for (int operand : new int[] {left, right}) {
            if (!Arrays.equals(arguments.sizes(operand, DType.COMPLEX64), sizes)) {
                throw new Refusal(Support.Cause.SHAPE, "operands of equal sizes");
            }
            if (graph.weight(operand) != null) {
                throw new Refusal(Support.Cause.ATTRIBUTE, "a constant operand");
            }
        }
        if (arguments.number("alpha", 1) != 1) {
            throw new Refusal(Support.Cause.ATTRIBUTE, "alpha must be 1, found " + layer.argument("alpha"));
        }
        return new Zip(operation, left, right, output);
    }

    private static Operation operation(Layer layer) throws Refusal {
        if (layer.op().equals(SignalOps.MULTIPLY_CONJUGATE)) {
            return Operation.MULTIPLY_CONJUGATE;
        }
        return switch (layer.op().toString()) {
            case "aten.add.Tensor" -> Operation.ADD;
            case "aten.sub.Tensor" -> Operation.SUBTRACT;
            case "aten.mul.Tensor" -> Operation.MULTIPLY;
            default ->
                throw new Refusal(
                        Support.Cause.OPERATOR,
                        "runs add, sub, mul and multiply_conjugate of complex64, found " + layer.op());
        };
    }

    @Override
    SignalKernel kernel(KernelSettings own, Scratch work, LayerGraph segment, Zip zip) throws AccelException {
        return new ZipKernel(own, work, segment, zip);
    }

    private final class ZipKernel extends SignalKernel {
        private final Operation operation;
        private final int left;
        private final int right;

        ZipKernel(KernelSettings own, Scratch work, LayerGraph segment, Zip zip) throws AccelException {
            super(own, work, segment, zip.output());
            List<Integer> inputs = segment.inputs();
            operation = zip.operation();
            left = inputs.indexOf(zip.left());
            right = inputs.indexOf(zip.right());
        }

        @Override
        long compute(long[] operands, long result) throws AccelException {
            return source.engine().run(operation, elements(), operands[left], operands[right], result);
        }

        @Override
        long operations() {
            return switch (operation) {
                case ADD, SUBTRACT -> 2L * elements();
                case MULTIPLY, MULTIPLY_CONJUGATE -> (long) OPERATIONS_PER_PRODUCT * elements();
            };
        }

        @Override
        boolean isReal(int i) {
            return false;
        }

        @Override
        void finish(ByteBuffer result) {}
    }
}
