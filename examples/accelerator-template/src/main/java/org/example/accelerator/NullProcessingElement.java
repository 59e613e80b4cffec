// SPDX-License-Identifier: Apache-2.0
package org.example.accelerator;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.MemorySpace;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.Support;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Dim;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Shape;
import org.saguaro.model.api.TensorSpec;

/** What the device is, what it can run, and where its kernels come from. */
final class NullProcessingElement implements ProcessingElement {

    private static final Map<String, ElementWise> OPERATORS = Map.of(
            "aten.relu.default", ElementWise.RELU,
            "aten.add.Tensor", ElementWise.ADD,
            "aten.mul.Tensor", ElementWise.MUL);

    /** Elements of the largest tensor: float32 in one Java buffer. */
    private static final long MAX_ELEMENTS = Integer.MAX_VALUE / Float.BYTES;

    private final PeDescriptor descriptor;
    private final NullMemory memory;

    NullProcessingElement(String id, long memoryBytes) {
        // Rough figures will do: the core measures.
        descriptor = new PeDescriptor(id, "null", 1, 1e9, 4e9, 1_000);
        memory = new NullMemory(new MemorySpace(id), memoryBytes);
    }

    @Override
    public PeDescriptor descriptor() {
        return descriptor;
    }

    @Override
    public NullMemory memory() {
        return memory;
    }

    /** Says no to whatever it does not know: an operator, an argument, a type or a shape. The core asks for every layer. */
    @Override
    public Support supports(LayerGraph graph, Layer layer) {
        ElementWise operator = operator(layer);
        if (operator == null) {
            return Support.no(Support.Cause.OPERATOR, "runs relu, add.Tensor and mul.Tensor, found " + layer.op());
        }
        if (operator == ElementWise.ADD && alpha(layer) == null) {
            return Support.no(Support.Cause.ATTRIBUTE, "alpha must be a constant number");
        }
        if (!(graph.value(layer.outputs().get(0)).type() instanceof TensorSpec result)) {
            return Support.no(Support.Cause.DTYPE, "the result must be a tensor");
        }
        if (result.dtype() != DType.FLOAT32) {
            return Support.no(Support.Cause.DTYPE, "computes in float32, found " + result.dtype());
        }
        if (!isSmallAndStatic(result.shape())) {
            return Support.no(
                    Support.Cause.SHAPE,
                    "sizes must be known in advance, at most " + MAX_ELEMENTS + " elements, found " + result.shape());
        }
        if (layer.inputs().size() != (operator == ElementWise.RELU ? 1 : 2)) {
            // x * 0.5 is a mul.Tensor too, with a number where the schema says tensor.
            return Support.no(Support.Cause.ATTRIBUTE, "operands must be tensors, found a number");
        }
        for (int input : layer.inputs()) {
            if (!graph.value(input).type().equals(result)) {
                return Support.no(
                        Support.Cause.SHAPE,
                        "operands must be like the result (" + result + "), found "
                                + graph.value(input).type());
            }
        }
        return Support.yes();
    }

    @Override
    public Kernel prepare(LayerGraph segment) throws AccelException {
        return new NullKernel(this, segment);
    }

    @Override
    public WorkerScope openWorker() {
        return WorkerScope.NOTHING;
    }

    static @Nullable ElementWise operator(Layer layer) {
        return OPERATORS.get(layer.op().toString());
    }

    /** Factor of the second operand; null if it is known only at run time. */
    static @Nullable Double alpha(Layer layer) {
        Argument alpha = layer.argument("alpha");
        if (alpha == null) {
            return 1.0;
        }
        if (alpha instanceof Argument.Int integer) {
            return (double) integer.value();
        }
        return alpha instanceof Argument.Real real ? real.value() : null;
    }

    private static boolean isSmallAndStatic(Shape shape) {
        double elements = 1;
        for (Dim dim : shape.dims()) {
            if (!(dim instanceof Dim.Fixed fixed)) {
                return false;
            }
            elements *= fixed.size();
        }
        return elements <= MAX_ELEMENTS;
    }
}
