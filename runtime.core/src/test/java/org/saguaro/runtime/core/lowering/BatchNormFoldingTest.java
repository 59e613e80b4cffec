// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.saguaro.accel.api.contract.ReferenceInterpreter;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Weight;

class BatchNormFoldingTest {

    private static final int IN = 4;
    private static final int OUT = 6;
    private static final int SIZE = 5;
    private static final double EPS = 1e-3;
    private static final double TOLERANCE = 1e-5;

    private final Random random = new Random(7);
    private final LayerGraph.Builder net = new LayerGraph.Builder("norm");
    private final int x = net.addInput("x", TensorSpec.of(DType.FLOAT32, 2, IN, SIZE, SIZE));

    private DType weightType = DType.FLOAT32;
    private boolean training;
    private boolean transposed;
    private boolean strided;

    // --- what folding computes ---

    @ParameterizedTest(name = "groups {0}, convolution bias {1}, affine {2}, strided {3}")
    @CsvSource({
        "1, true, true, false",
        "1, false, true, false",
        "1, true, false, false",
        "1, false, false, false",
        "2, true, true, false",
        "2, false, false, false",
        "1, true, true, true",
        "2, true, true, true"
    })
    void computesTheSameAsBothLayers(int groups, boolean bias, boolean affine, boolean stridedWeight) {
        strided = stridedWeight;
        int convolved = convolution(groups, bias);
        int normed = norm(convolved, affine);
        net.addOutput(new Argument.Ref(normed));
        LayerGraph graph = net.build();
        Tensor input = random(2, IN, SIZE, SIZE);

        LoweredGraph lowered = run(graph);

        assertThat(Sketches.ops(lowered.graph())).containsExactly("conv2d");
        Tensor folded =
                new ReferenceInterpreter().run(lowered.graph(), List.of(input)).get(0);
        assertThat(folded.sizes()).containsExactly(2, OUT, SIZE, SIZE);
        assertThat(folded.toDoubles())
                .as("folded, against convolution and normalisation one after the other")
                .containsExactly(unfolded(graph, input), within(TOLERANCE));
    }

    /** The convolution by the reference, the normalisation by its definition. */
    private static double[] unfolded(LayerGraph graph, Tensor input) {
        Layer norm = graph.layers().get(1);
        LayerGraph convolution = graph.segment("conv", Set.of(graph.layers().get(0)));
        double[] y = new ReferenceInterpreter()
                .run(convolution, List.of(input))
                .get(0)
                .toDoubles();
        double[] mean = values(graph, norm, "running_mean", 0);
        double[] variance = values(graph, norm, "running_var", 0);
        double[] gamma = values(graph, norm, "weight", 1);
        double[] beta = values(graph, norm, "bias", 0);
        for (int i = 0; i < y.length; i++) {
            int channel = i / (SIZE * SIZE) % OUT;
            y[i] = (y[i] - mean[channel]) / Math.sqrt(variance[channel] + EPS) * gamma[channel] + beta[channel];
        }
        return y;
    }

    private static double[] values(LayerGraph graph, Layer layer, String argument, double absent) {
        if (layer.argument(argument) instanceof Argument.Ref ref) {
            Weight weight = graph.weight(ref.value());
            assertThat(weight).as(argument).isNotNull();
            return weight == null ? new double[0] : weight.data().toDoubles();
        }
        double[] all = new double[OUT];
        Arrays.fill(all, absent);
        return all;
    }

    @Test
    void foldsAOneDimensionalConvolution() {
        int input = net.addInput("signal", TensorSpec.of(DType.FLOAT32, 1, 1, 3));
        int weight = weight("w", Tensor.of(new float[] {2, -4}, 2, 1, 1));
        int convolved = layer(
                "aten.conv1d.default",
                TensorSpec.of(DType.FLOAT32, 1, 2, 3),
                ref("input", input),
                ref("weight", weight),
                NamedArgument.read("bias", new Argument.None()));
        int normed = layer(
                "aten.batch_norm.default",
                TensorSpec.of(DType.FLOAT32, 1, 2, 3),
                ref("input", convolved),
                ref("weight", weight("gamma", Tensor.of(new float[] {3, 5}, 2))),
                ref("bias", weight("beta", Tensor.of(new float[] {0.5f, 0.25f}, 2))),
                ref("running_mean", weight("mean", Tensor.of(new float[] {1, 2}, 2))),
                ref("running_var", weight("var", Tensor.of(new float[] {3, 15}, 2))),
                NamedArgument.read("training", new Argument.Bool(false)),
                NamedArgument.read("momentum", new Argument.Real(0.1)),
                NamedArgument.read("eps", new Argument.Real(1)));
        net.addOutput(new Argument.Ref(normed));

        LayerGraph folded = run(net.build()).graph();

        // By hand: scale = gamma / sqrt(var + 1) = 3/2, 5/4; weight * scale; (0 - mean) * scale + beta.
        Layer convolution = folded.layers().get(0);
        assertThat(values(folded, convolution, "weight", 0)).containsExactly(3, -5);
        assertThat(values(folded, convolution, "bias", 0)).containsExactly(-1, -2.25);
    }

    // --- what folding leaves behind ---

    @Test
    void reportsWhereTheNormalisationWent() {
        int normed = norm(convolution(1, true), true);
        net.addOutput(new Argument.Ref(normed));
        LayerGraph graph = net.build();

        LoweredGraph lowered = run(graph);

        assertThat(lowered.removed()).containsOnlyKeys("batch_norm_1");
        assertThat(lowered.removed().get("batch_norm_1"))
                .isEqualTo(new LoweredGraph.Removal("folded into block.conv2d_0", "conv2d_0"));
        assertThat(lowered.survivorOf("batch_norm_1")).isEqualTo("conv2d_0");
        assertThat(lowered.survivorOf("conv2d_0")).isEqualTo("conv2d_0");
        assertThat(Sketches.outputs(lowered.graph())).containsExactly(normed);
        assertThat(lowered.graph().weights())
                .as("weights still needed: the folded ones only")
                .extracting(Weight::name)
                .containsExactly("w with block.batch_norm_1", "w with block.batch_norm_1 (bias)");
        assertThat(graph.weights())
                .as("weights of the model as read, untouched")
                .extracting(Weight::name)
                .contains("w", "b", "mean");
    }

    @Test
    void foldsEveryPairOfAChain() {
        int first = norm(convolution(1, true), true);
        int second =
                norm(layer("aten.conv2d.default", spec(OUT), convolutionArguments(first, OUT, OUT, 1, false)), true);
        net.addOutput(new Argument.Ref(second));

        LoweredGraph lowered = run(net.build());

        assertThat(Sketches.ops(lowered.graph())).containsExactly("conv2d", "conv2d");
        assertThat(lowered.graph().layers().get(1).inputs()).contains(first);
        assertThat(lowered.removed()).containsOnlyKeys("batch_norm_1", "batch_norm_3");
    }

    @Test
    void survivorIsFoundThroughLaterRemovals() {
        LoweredGraph lowered = LoweredGraph.unchanged(net.build())
                .with(net.build(), Map.of("norm", new LoweredGraph.Removal("folded into conv", "conv")))
                .with(net.build(), Map.of("conv", new LoweredGraph.Removal("folded into other", "other")));

        assertThat(lowered.survivorOf("norm")).isEqualTo("other");
    }

    // --- what is not folded ---

    @Test
    void doesNotFoldInTraining() {
        training = true;
        assertNotFolded(norm(convolution(1, true), true));
    }

    @Test
    void doesNotFoldWhatIsReadTwice() {
        int convolved = convolution(1, true);
        int normed = norm(convolved, true);
        assertNotFolded(layer("aten.relu.default", spec(OUT), ref("self", convolved)), normed);
    }

    @Test
    void doesNotFoldWhatTheCallerGets() {
        int convolved = convolution(1, true);
        assertNotFolded(norm(convolved, true), convolved);
    }

    @Test
    void doesNotFoldOtherElementTypes() {
        weightType = DType.FLOAT64;
        assertNotFolded(norm(convolution(1, true), true));
    }

    @Test
    void doesNotFoldATransposedConvolution() {
        transposed = true;
        assertNotFolded(norm(convolution(1, true), true));
    }

    @Test
    void doesNotFoldWeightsThatAreComputed() {
        int computed = layer(
                "aten.relu.default",
                TensorSpec.of(DType.FLOAT32, OUT, IN, 3, 3),
                ref("self", weight("w", random(OUT, IN, 3, 3))));
        NamedArgument[] arguments = convolutionArguments(x, IN, OUT, 1, true);
        arguments[1] = ref("weight", computed);
        assertNotFolded(norm(layer("aten.conv2d.default", spec(OUT), arguments), true));
    }

    @Test
    void doesNotFoldIntoWhatIsNoConvolution() {
        int positive = layer("aten.relu.default", spec(IN), ref("self", x));
        assertNotFolded(norm(positive, true));
    }

    private void assertNotFolded(int... outputs) {
        for (int output : outputs) {
            net.addOutput(new Argument.Ref(output));
        }
        LayerGraph graph = net.build();
        LoweredGraph lowered = run(graph);
        assertThat(Sketches.ops(lowered.graph())).isEqualTo(Sketches.ops(graph));
        assertThat(lowered.removed()).isEmpty();
    }

    private static LoweredGraph run(LayerGraph graph) {
        return BatchNormFolding.run(LoweredGraph.unchanged(graph));
    }

    // --- graphs ---

    private int convolution(int groups, boolean bias) {
        NamedArgument[] arguments = convolutionArguments(x, IN, OUT, groups, bias);
        return transposed
                ? layer("aten.convolution.default", spec(OUT), arguments)
                : layer("aten.conv2d.default", spec(OUT), arguments);
    }

    private NamedArgument[] convolutionArguments(int input, int in, int out, int groups, boolean bias) {
        List<NamedArgument> arguments = new ArrayList<>();
        arguments.add(ref("input", input));
        arguments.add(ref("weight", weight("w", random(out, in / groups, 3, 3))));
        arguments.add(bias ? ref("bias", weight("b", random(out))) : NamedArgument.read("bias", new Argument.None()));
        arguments.add(NamedArgument.read("stride", Argument.ListOf.ints(1, 1)));
        arguments.add(NamedArgument.read("padding", Argument.ListOf.ints(1, 1)));
        arguments.add(NamedArgument.read("dilation", Argument.ListOf.ints(1, 1)));
        if (transposed) {
            arguments.add(NamedArgument.read("transposed", new Argument.Bool(true)));
            arguments.add(NamedArgument.read("output_padding", Argument.ListOf.ints(0, 0)));
        }
        arguments.add(NamedArgument.read("groups", new Argument.Int(groups)));
        return arguments.toArray(NamedArgument[]::new);
    }

    private int norm(int input, boolean affine) {
        NamedArgument none = NamedArgument.read("weight", new Argument.None());
        return layer(
                "aten.batch_norm.default",
                spec(OUT),
                ref("input", input),
                affine ? ref("weight", weight("gamma", random(OUT))) : none,
                affine ? ref("bias", weight("beta", random(OUT))) : NamedArgument.read("bias", new Argument.None()),
                ref("running_mean", weight("mean", random(OUT))),
                ref("running_var", weight("var", positive(OUT))),
                NamedArgument.read("training", new Argument.Bool(training)),
                NamedArgument.read("momentum", new Argument.Real(0.1)),
                NamedArgument.read("eps", new Argument.Real(EPS)),
                NamedArgument.read("cudnn_enabled", new Argument.Bool(true)));
    }

    private int layer(String op, TensorSpec result, NamedArgument... arguments) {
        OpName name = OpName.parse(op);
        String layerName = name.name() + "_" + layers++;
        int id = net.addValue(layerName, result);
        net.addLayer(new Layer(layerName, name, List.of(arguments), List.of(id), "block." + layerName));
        return id;
    }

    private int layers;

    private int weight(String name, Tensor data) {
        return net.addWeight(name + "_" + weights++, name, Weight.Kind.PARAMETER, data);
    }

    private int weights;

    private static NamedArgument ref(String name, int value) {
        return NamedArgument.read(name, new Argument.Ref(value));
    }

    private static TensorSpec spec(int channels) {
        return TensorSpec.of(DType.FLOAT32, 2, channels, SIZE, SIZE);
    }

    private Tensor random(long... sizes) {
        return tensor(-1, sizes);
    }

    private Tensor positive(long... sizes) {
        return tensor(0.1, sizes);
    }

    /** Elements between {@code least} and 1; if asked for, with the first dimension innermost in memory. */
    private Tensor tensor(double least, long... sizes) {
        long[] strides = Tensor.denseStrides(sizes);
        if (strided && sizes.length == 4) {
            // Channels last: the second dimension is the innermost one.
            strides = new long[] {sizes[1] * sizes[2] * sizes[3], 1, sizes[3] * sizes[1], sizes[1]};
        }
        int count = 1;
        for (long size : sizes) {
            count *= (int) size;
        }
        ByteBuffer bytes =
                ByteBuffer.allocateDirect(count * weightType.sizeBytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            double value = least + random.nextDouble() * (1 - least);
            if (weightType == DType.FLOAT64) {
                bytes.putDouble(8 * i, value);
            } else {
                bytes.putFloat(4 * i, (float) value);
            }
        }
        return new Tensor(weightType, sizes, strides, bytes);
    }
}
