// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.trace;

import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.DeviceMemory;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.Support;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.TensorSpec;

/** A device whose kernels take known times and no processor, so that a busy machine delays them little. Results are zeros. */
final class TimedPe implements ProcessingElement {

    /** By operator. */
    static final Map<String, Long> NANOS =
            Map.of("relu", 4_000_000L, "tanh", 9_000_000L, "sigmoid", 7_000_000L, "add", 3_000_000L);

    static final TensorSpec VECTOR = TensorSpec.of(DType.FLOAT32, 4);

    private final PeDescriptor descriptor;
    private final double factor;

    /** @param factor of the times */
    TimedPe(String id, String type, double factor) {
        descriptor = new PeDescriptor(id, type, 1, 1e9, 1e9, 1_000, 2);
        this.factor = factor;
    }

    /** add(tanh(a), sigmoid(a)) where a = relu(x). */
    static LayerGraph diamond(String name) {
        LayerGraph.Builder net = new LayerGraph.Builder(name);
        int x = net.addInput("x", VECTOR);
        int a = layer(net, "aten.relu.default", "first", x);
        int b = layer(net, "aten.tanh.default", "left", a);
        int c = layer(net, "aten.sigmoid.default", "right", a);
        int sum = net.addValue("sum", VECTOR);
        net.addLayer(new Layer(
                "sum",
                OpName.parse("aten.add.Tensor"),
                List.of(
                        NamedArgument.read("self", new Argument.Ref(b)),
                        NamedArgument.read("other", new Argument.Ref(c)),
                        NamedArgument.read("alpha", new Argument.Int(1))),
                List.of(sum),
                "last"));
        net.addOutput(new Argument.Ref(sum));
        return net.build();
    }

    private static int layer(LayerGraph.Builder net, String op, String path, int input) {
        int output = net.addValue(path, VECTOR);
        net.addLayer(new Layer(
                path,
                OpName.parse(op),
                List.of(NamedArgument.read("self", new Argument.Ref(input))),
                List.of(output),
                path));
        return output;
    }

    @Override
    public PeDescriptor descriptor() {
        return descriptor;
    }

    @Override
    public DeviceMemory memory() {
        return HostMemory.get();
    }

    @Override
    public Support supports(LayerGraph graph, Layer layer) {
        return NANOS.containsKey(layer.op().name())
                ? Support.yes()
                : Support.no(Support.Cause.OPERATOR, "not among its operators");
    }

    @Override
    public Kernel prepare(LayerGraph segment) {
        long nanos = (long) (factor
                * segment.layers().stream()
                        .mapToLong(layer -> NANOS.getOrDefault(layer.op().name(), 0L))
                        .sum());
        return new Kernel() {
            @Override
            public void execute(TensorBuffer[] inputs, TensorBuffer[] outputs) throws AccelException {
                long end = System.nanoTime() + nanos;
                for (TensorBuffer output : outputs) {
                    output.resize(4);
                }
                for (long left = nanos; left > 0; left = end - System.nanoTime()) {
                    LockSupport.parkNanos(left);
                }
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public WorkerScope openWorker() {
        return WorkerScope.NOTHING;
    }
}
