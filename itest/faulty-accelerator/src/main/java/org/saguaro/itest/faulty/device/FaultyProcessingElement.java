// SPDX-License-Identifier: Apache-2.0
package org.saguaro.itest.faulty.device;

import java.util.Set;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.Support;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.TensorSpec;

/** Claims what the null accelerator claims (relu, add.Tensor, mul.Tensor on float32 operands of one size), in host memory. */
final class FaultyProcessingElement implements ProcessingElement {

    private static final Set<String> OPERATORS = Set.of("aten.relu.default", "aten.add.Tensor", "aten.mul.Tensor");
    private static final double MAX_ELEMENTS = 1 << 28;

    private final PeDescriptor descriptor;
    private final FaultInjector injector;

    FaultyProcessingElement(String id, FaultInjector injector) {
        descriptor = new PeDescriptor(id, "faulty", 1, 1e9, 4e9, 1_000);
        this.injector = injector;
    }

    @Override
    public PeDescriptor descriptor() {
        return descriptor;
    }

    @Override
    public HostMemory memory() {
        return HostMemory.get();
    }

    @Override
    public Support supports(LayerGraph graph, Layer layer) {
        if (!OPERATORS.contains(layer.op().toString())) {
            return Support.no(Support.Cause.OPERATOR, "runs relu, add.Tensor and mul.Tensor, found " + layer.op());
        }
        if (layer.argument("alpha") instanceof Argument.Ref) {
            return Support.no(Support.Cause.ATTRIBUTE, "alpha must be a constant number");
        }
        if (!(graph.value(layer.outputs().get(0)).type() instanceof TensorSpec result)
                || result.dtype() != DType.FLOAT32) {
            return Support.no(Support.Cause.DTYPE, "the result must be a float32 tensor");
        }
        if (layer.inputs().size() != (layer.op().isAten("relu") ? 1 : 2)) {
            return Support.no(Support.Cause.ATTRIBUTE, "operands must be tensors, found a number");
        }
        double elements = result.shape().dims().stream()
                .mapToDouble(dim -> dim.fixedSize().orElse(Long.MAX_VALUE))
                .reduce(1, (a, b) -> a * b);
        boolean alike = layer.inputs().stream()
                .allMatch(input -> graph.value(input).type().equals(result));
        if (elements > MAX_ELEMENTS || !result.shape().isStatic() || !alike) {
            return Support.no(Support.Cause.SHAPE, "operands and result must be of one size known in advance");
        }
        return Support.yes();
    }

    @Override
    public Kernel prepare(LayerGraph segment) throws AccelException {
        injector.beforePreparation();
        return new FaultyKernel(descriptor.id(), injector, segment);
    }

    @Override
    public WorkerScope openWorker() {
        return WorkerScope.NOTHING;
    }
}
