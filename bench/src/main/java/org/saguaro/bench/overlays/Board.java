// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.overlays;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.DeviceMemory;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.accel.api.PeShape;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.Reconfigurable;
import org.saguaro.accel.api.Support;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.TensorSpec;

/**
 * A board that takes known times and no processor: three cores, and programmable logic that holds two convolution engines, or one and an
 * FFT engine. Results are zeros.
 */
final class Board {

    static final String CONVOLUTIONS = "conv2";
    static final String MIXED = "conv-fft";

    /** What stands for a convolution and for a transform: neither's arguments matter here. */
    private static final String CONVOLUTION = "tanh";

    private static final String TRANSFORM = "sigmoid";

    private static final int LAYERS = 6;
    private static final TensorSpec VECTOR = TensorSpec.of(DType.FLOAT32, 4);

    private static final Map<String, Double> ON_A_CORE = Map.of(CONVOLUTION, 30.0, TRANSFORM, 6.0);
    private static final Map<String, Double> ON_A_CONVOLUTION_ENGINE = Map.of(CONVOLUTION, 4.0);
    private static final Map<String, Double> ON_AN_FFT_ENGINE = Map.of(TRANSFORM, 0.6);

    private Board() {}

    /** @param loadMillis what loading an overlay takes */
    static List<ProcessingElement> processingElements(double loadMillis) {
        return List.of(
                new Pe("cpu0", "cpu", ON_A_CORE),
                new Pe("cpu1", "cpu", ON_A_CORE),
                new Pe("cpu2", "cpu", ON_A_CORE),
                new LogicPe(new Pe("conv2.conv0", "conv", ON_A_CONVOLUTION_ENGINE), CONVOLUTIONS, loadMillis),
                new LogicPe(new Pe("conv2.conv1", "conv", ON_A_CONVOLUTION_ENGINE), CONVOLUTIONS, loadMillis),
                new LogicPe(new Pe("conv-fft.conv0", "conv", ON_A_CONVOLUTION_ENGINE), MIXED, loadMillis),
                new LogicPe(new Pe("conv-fft.fft0", "fft", ON_AN_FFT_ENGINE), MIXED, loadMillis));
    }

    static LayerGraph network() {
        return chain("network", CONVOLUTION);
    }

    static LayerGraph radar() {
        return chain("radar", TRANSFORM);
    }

    private static LayerGraph chain(String name, String op) {
        LayerGraph.Builder net = new LayerGraph.Builder(name);
        int value = net.addInput("x", VECTOR);
        for (int i = 0; i < LAYERS; i++) {
            int output = net.addValue(op + i, VECTOR);
            net.addLayer(new Layer(
                    op + i,
                    OpName.parse("aten." + op + ".default"),
                    List.of(NamedArgument.read("self", new Argument.Ref(value))),
                    List.of(output),
                    op + i));
            value = output;
        }
        net.addOutput(new Argument.Ref(value));
        return net.build();
    }

    private static void pass(double millis) {
        long nanos = (long) (millis * TimeUnit.MILLISECONDS.toNanos(1));
        long end = System.nanoTime() + nanos;
        for (long left = nanos; left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    /** A unit that takes some milliseconds per layer, by operator. */
    private record Pe(PeDescriptor descriptor, Map<String, Double> millis) implements ProcessingElement {

        Pe(String id, String type, Map<String, Double> millis) {
            // What it takes is what the descriptor promises: priors of that which has not run are right.
            this(
                    new PeDescriptor(id, type, 1, 1e12, 1e12, (long) (1e6
                            * millis.values().stream()
                                    .mapToDouble(Double::doubleValue)
                                    .min()
                                    .orElse(1))),
                    millis);
        }

        @Override
        public DeviceMemory memory() {
            return HostMemory.get();
        }

        @Override
        public Support supports(LayerGraph graph, Layer layer) {
            return millis.containsKey(layer.op().name())
                    ? Support.yes()
                    : Support.no(Support.Cause.OPERATOR, "not among its operators");
        }

        @Override
        public Kernel prepare(LayerGraph segment) {
            double sum = segment.layers().stream()
                    .mapToDouble(layer -> millis.getOrDefault(layer.op().name(), 0.0))
                    .sum();
            return new Kernel() {
                @Override
                public void execute(TensorBuffer[] inputs, TensorBuffer[] outputs) throws AccelException {
                    for (TensorBuffer output : outputs) {
                        output.resize(4);
                    }
                    pass(sum);
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

    /** One in programmable logic. */
    private record LogicPe(Pe pe, String overlay, double loadMillis) implements Reconfigurable {

        @Override
        public PeShape shape() {
            return new PeShape("pl", overlay);
        }

        @Override
        public void configure() {
            pass(loadMillis);
        }

        @Override
        public long configurationNanos() {
            return (long) (loadMillis * 1e6);
        }

        @Override
        public PeDescriptor descriptor() {
            return pe.descriptor();
        }

        @Override
        public DeviceMemory memory() {
            return pe.memory();
        }

        @Override
        public Support supports(LayerGraph graph, Layer layer) {
            return pe.supports(graph, layer);
        }

        @Override
        public Kernel prepare(LayerGraph segment) {
            return pe.prepare(segment);
        }

        @Override
        public WorkerScope openWorker() {
            return pe.openWorker();
        }
    }
}
