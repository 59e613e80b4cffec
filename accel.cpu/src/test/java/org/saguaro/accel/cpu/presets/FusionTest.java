// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.saguaro.accel.cpu.Sketch.floats;
import static org.saguaro.accel.cpu.Sketch.ints;
import static org.saguaro.accel.cpu.Sketch.none;
import static org.saguaro.accel.cpu.Sketch.number;
import static org.saguaro.accel.cpu.Sketch.ref;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.cpu.CpuProcessingElement;
import org.saguaro.accel.cpu.Execution;
import org.saguaro.accel.cpu.InPlaceRewrite;
import org.saguaro.accel.cpu.KnownTypes;
import org.saguaro.accel.cpu.Sketch;
import org.saguaro.accel.cpu.TensorDifference;
import org.saguaro.lib.pytorch.NativeLibraries;
import org.saguaro.lib.pytorch.ProgressListener;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;

/** What is fused, and that every variant gives what the layers give one by one. */
class FusionTest {

    private static final double TOLERANCE = 2e-5;

    /** A convolution with everything that can follow it. */
    private record Case(
            String name,
            List<Long> inputSizes,
            List<Long> weightSizes,
            int stride,
            int padding,
            int groups,
            @Nullable String activation,
            boolean normalised,
            boolean residual) {

        LayerGraph graph() {
            long[] input = array(inputSizes);
            long[] weight = array(weightSizes);
            Sketch sketch = new Sketch();
            long[] out = {
                input[0],
                weight[0],
                (input[2] + 2L * padding - weight[2]) / stride + 1,
                (input[3] + 2L * padding - weight[3]) / stride + 1
            };
            int x = sketch.input(floats(input));
            int other = residual ? sketch.input(floats(out)) : -1;
            int y = sketch.layer(
                    "aten.conv2d.default",
                    floats(out),
                    "input",
                    ref(x),
                    "weight",
                    ref(sketch.weight(weight)),
                    "bias",
                    ref(sketch.weight(weight[0])),
                    "stride",
                    ints(stride, stride),
                    "padding",
                    ints(padding, padding),
                    "dilation",
                    ints(1, 1),
                    "groups",
                    number(groups));
            if (normalised) {
                float[] variance = new float[(int) weight[0]];
                Arrays.fill(variance, 0.7f);
                y = sketch.layer(
                        "aten.batch_norm.default",
                        floats(out),
                        "input",
                        ref(y),
                        "weight",
                        ref(sketch.weight(weight[0])),
                        "bias",
                        ref(sketch.weight(weight[0])),
                        "running_mean",
                        ref(sketch.weight(weight[0])),
                        "running_var",
                        ref(sketch.weight(Tensor.of(variance, variance.length))),
                        "training",
                        number(false),
                        "momentum",
                        number(0.1),
                        "eps",
                        number(1e-5),
                        "cudnn_enabled",
                        number(true));
            }
            if (residual) {
                y = sketch.layer(
                        "aten.add.Tensor", floats(out), "self", ref(other), "other", ref(y), "alpha", number(1));
            }
            if (activation != null) {
                y = sketch.layer("aten." + activation, floats(out), activationArguments(activation, y));
            }
            return sketch.returning(y);
        }

        private static long[] array(List<Long> sizes) {
            return sizes.stream().mapToLong(Long::longValue).toArray();
        }

        private static Object[] activationArguments(String activation, int y) {
            List<Object> arguments = new ArrayList<>(List.of("self", ref(y)));
            if (activation.startsWith("hardtanh")) {
                arguments.addAll(List.of("min_val", number(0), "max_val", number(6)));
            } else if (activation.startsWith("leaky_relu")) {
                arguments.addAll(List.of("negative_slope", number(0.1)));
            } else if (activation.startsWith("gelu")) {
                arguments.addAll(List.of("approximate", new Argument.Text("none")));
            }
            return arguments.toArray();
        }
    }

    private static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (String activation : new String[] {
            null,
            "relu.default",
            "relu_.default",
            "relu6.default",
            "hardtanh_.default",
            "hardswish.default",
            "hardswish_.default",
            "hardsigmoid.default",
            "sigmoid.default",
            "silu_.default",
            "leaky_relu.default",
            "gelu.default",
            "tanh.default"
        }) {
            for (boolean residual : new boolean[] {false, true}) {
                cases.add(new Case(
                        "3x3 " + activation + (residual ? " residual" : ""),
                        List.of(1L, 8L, 9L, 9L),
                        List.of(16L, 8L, 3L, 3L),
                        1,
                        1,
                        1,
                        activation,
                        true,
                        residual));
            }
        }
        cases.add(new Case(
                "depthwise",
                List.of(2L, 16L, 9L, 7L),
                List.of(16L, 1L, 3L, 3L),
                2,
                1,
                16,
                "relu.default",
                true,
                false));
        cases.add(new Case(
                "1x1", List.of(1L, 16L, 9L, 7L), List.of(32L, 16L, 1L, 1L), 1, 0, 1, "relu.default", false, false));
        cases.add(new Case(
                "1x1 residual",
                List.of(1L, 16L, 9L, 7L),
                List.of(32L, 16L, 1L, 1L),
                1,
                0,
                1,
                "hardswish.default",
                true,
                true));
        cases.add(new Case("grouped", List.of(1L, 16L, 9L, 7L), List.of(32L, 4L, 3L, 3L), 1, 1, 4, null, true, false));
        cases.add(new Case(
                "strided", List.of(1L, 3L, 17L, 17L), List.of(8L, 3L, 7L, 7L), 2, 3, 1, "relu.default", true, false));
        cases.add(new Case(
                "even 3x3", List.of(2L, 8L, 12L, 10L), List.of(8L, 8L, 3L, 3L), 1, 1, 1, "relu.default", false, true));
        for (boolean residual : new boolean[] {false, true}) {
            for (String activation : new String[] {null, "relu.default", "hardswish.default"}) {
                cases.add(new Case(
                        "many channels " + activation + (residual ? " residual" : ""),
                        List.of(2L, 32L, 17L, 18L),
                        List.of(40L, 32L, 3L, 3L),
                        1,
                        1,
                        1,
                        activation,
                        true,
                        residual));
            }
        }
        cases.add(new Case(
                "many channels, no padding",
                List.of(1L, 32L, 26L, 25L),
                List.of(32L, 32L, 3L, 3L),
                1,
                0,
                1,
                "relu.default",
                false,
                false));
        return cases;
    }

    @TestFactory
    Stream<DynamicTest> givesTheSameInEveryVariant() {
        NativeLibraries.load(null, ProgressListener.SILENT);
        return cases().stream()
                .map(c -> DynamicTest.dynamicTest(c.name(), () -> {
                    LayerGraph graph = c.graph();
                    Random random = new Random(1);
                    Tensor[] inputs = graph.inputs().stream()
                            .map(id -> Sketch.random(
                                    random, 1, graph.tensor(id).shape().sizes()))
                            .toArray(Tensor[]::new);
                    Tensor expected = run(graph, Tuner.PLAIN, inputs);
                    List<String> differing = new ArrayList<>();
                    for (String variant : Tuner.variantsFor(fused(graph), c.inputSizes())) {
                        try {
                            double difference = TensorDifference.relative(run(graph, variant, inputs), expected);
                            if (!(difference < TOLERANCE)) {
                                differing.add(variant + " by " + difference);
                            }
                        } catch (RefusedVariant refused) {
                            // libtorch has no such activation in this backend; the tuner leaves the variant out then.
                            assertThat(variant)
                                    .as("refused: %s", refused.getMessage())
                                    .startsWith("onednn");
                        }
                    }
                    assertThat(differing).isEmpty();
                }));
    }

    /** The backend does not take the layer. */
    private static final class RefusedVariant extends Exception {
        private static final long serialVersionUID = 1L;

        RefusedVariant(Throwable cause) {
            super(cause);
        }
    }

    private static FusedLayer fused(LayerGraph graph) {
        Operators operators = new Operators();
        List<Fusion.Group> groups = Fusion.groups(graph, new KnownTypes(graph), InPlaceRewrite.of(graph, operators));
        assertThat(groups).as("everything fuses into one layer").hasSize(1);
        return Objects.requireNonNull(groups.get(0).fused());
    }

    private static Tensor run(LayerGraph graph, String variant, Tensor[] inputs) throws Exception {
        Operators operators = new Operators();
        Tuner tuner = Tuner.always(variant, operators, new PackedWeights());
        try (Execution execution =
                new Execution(new CpuProcessingElement(0, 1, new BitSet(), new Presets(operators, tuner)), graph)) {
            return execution.run(inputs).get(0);
        } catch (AccelException e) {
            if (variant.equals(Tuner.PLAIN)) {
                throw e;
            }
            throw new RefusedVariant(e);
        }
    }

    @Test
    void keepsAValueThatSomebodyElseReads() {
        NativeLibraries.load(null, ProgressListener.SILENT);
        Sketch sketch = new Sketch();
        int x = sketch.input(floats(1, 4, 5, 5));
        int y = sketch.layer(
                "aten.conv2d.default",
                floats(1, 4, 5, 5),
                "input",
                ref(x),
                "weight",
                ref(sketch.weight(4, 4, 1, 1)),
                "bias",
                none(),
                "stride",
                ints(1, 1),
                "padding",
                ints(0, 0),
                "dilation",
                ints(1, 1),
                "groups",
                number(1));
        int z = sketch.layer("aten.relu.default", floats(1, 4, 5, 5), "self", ref(y));
        LayerGraph graph = sketch.returning(y, z);
        assertThat(Fusion.groups(graph, new KnownTypes(graph), InPlaceRewrite.of(graph, new Operators())))
                .hasSize(2);
    }

    @Test
    void keepsAnAliasThatIsReadAfterAWrite() throws Exception {
        Sketch sketch = new Sketch();
        int x = sketch.input(floats(1, 4, 5, 5));
        int y = sketch.layer(
                "aten.conv2d.default",
                floats(1, 4, 5, 5),
                "input",
                ref(x),
                "weight",
                ref(sketch.weight(4, 4, 1, 1)),
                "bias",
                none(),
                "stride",
                ints(1, 1),
                "padding",
                ints(0, 0),
                "dilation",
                ints(1, 1),
                "groups",
                number(1));
        int flat = sketch.layer("aten.view.default", floats(1, 100), "self", ref(y), "size", ints(1, 100));
        int z = sketch.layer("aten.relu_.default", floats(1, 4, 5, 5), "self", ref(y));
        List<Tensor> out = Execution.once(sketch.returning(flat, z), Sketch.random(new Random(3), 1, 1, 4, 5, 5));
        assertThat(out.get(0).toFloats()).isEqualTo(out.get(1).toFloats());
        assertThat(out.get(0).toFloats()).contains(0f);
    }

    @Test
    void viewsAnImageWhateverItsOrderInMemory() throws Exception {
        Sketch sketch = new Sketch();
        int x = sketch.input(floats(1, 4, 6, 6));
        int y = sketch.layer(
                "aten.conv2d.default",
                floats(1, 4, 6, 6),
                "input",
                ref(x),
                "weight",
                ref(sketch.weight(4, 4, 3, 3)),
                "bias",
                none(),
                "stride",
                ints(1, 1),
                "padding",
                ints(1, 1),
                "dilation",
                ints(1, 1),
                "groups",
                number(1));
        int pooled =
                sketch.layer("aten.max_pool2d.default", floats(1, 4, 3, 3), "self", ref(y), "kernel_size", ints(2, 2));
        int flat = sketch.layer("aten.view.default", floats(1, 36), "self", ref(pooled), "size", ints(1, 36));
        List<Tensor> out = Execution.once(sketch.returning(pooled, flat), Sketch.random(new Random(3), 1, 1, 4, 6, 6));
        assertThat(out.get(1).toFloats()).isEqualTo(out.get(0).toFloats());
    }

    @Test
    void runsAOneDimensionalConvolution() throws Exception {
        Sketch sketch = new Sketch();
        int x = sketch.input(floats(2, 4, 30));
        int y = sketch.layer(
                "aten.conv1d.default",
                floats(2, 6, 30),
                "input",
                ref(x),
                "weight",
                ref(sketch.weight(6, 4, 3)),
                "bias",
                ref(sketch.weight(6)),
                "stride",
                ints(1),
                "padding",
                ints(1),
                "dilation",
                ints(1),
                "groups",
                number(1));
        int z = sketch.layer("aten.relu.default", floats(2, 6, 30), "self", ref(y));
        LayerGraph graph = sketch.returning(z);
        Tensor[] input = {Sketch.random(new Random(3), 1, 2, 4, 30)};
        Tensor expected = run(graph, Tuner.PLAIN, input);
        assertThat(TensorDifference.relative(run(graph, "onednn", input), expected))
                .isLessThan(TOLERANCE);
    }

    @TestFactory
    Stream<DynamicTest> givesTheSameForLinearLayers() {
        return Stream.of("plain", "onednn", "xnnpack")
                .map(variant -> DynamicTest.dynamicTest(variant, () -> {
                    Sketch sketch = new Sketch();
                    int x = sketch.input(floats(2, 5, 8));
                    int other = sketch.input(floats(2, 5, 16));
                    int y = sketch.layer(
                            "aten.linear.default",
                            floats(2, 5, 16),
                            "input",
                            ref(x),
                            "weight",
                            ref(sketch.weight(16, 8)),
                            "bias",
                            none());
                    int sum = sketch.layer(
                            "aten.add.Tensor",
                            floats(2, 5, 16),
                            "self",
                            ref(y),
                            "other",
                            ref(other),
                            "alpha",
                            number(1));
                    int z = sketch.layer("aten.relu.default", floats(2, 5, 16), "self", ref(sum));
                    LayerGraph graph = sketch.returning(z);
                    Tensor[] inputs = {
                        Sketch.random(new Random(3), 1, 2, 5, 8), Sketch.random(new Random(4), 1, 2, 5, 16)
                    };
                    NativeLibraries.load(null, ProgressListener.SILENT);
                    assertThat(TensorDifference.relative(run(graph, variant, inputs), run(graph, Tuner.PLAIN, inputs)))
                            .isLessThan(TOLERANCE);
                }));
    }

    @Test
    void fusesWhatIsKnownAndLeavesTheRest() throws Exception {
        Sketch sketch = new Sketch();
        int x = sketch.input(floats(1, 3, 8, 8));
        int other = sketch.input(new AnyTensor());
        int weight = sketch.weight(4, 3, 3, 3);
        int conv = sketch.layer(
                "aten.conv2d.default",
                floats(1, 4, 6, 6),
                "input",
                ref(x),
                "weight",
                ref(weight),
                "bias",
                Sketch.none(),
                "stride",
                ints(1, 1),
                "padding",
                ints(0, 0),
                "dilation",
                ints(1, 1),
                "groups",
                number(1));
        int relu = sketch.layer("aten.relu.default", floats(1, 4, 6, 6), "self", ref(conv));
        int sum = sketch.layer("aten.add.Tensor", new AnyTensor(), "self", ref(relu), "other", ref(other));
        LayerGraph graph = sketch.returning(sum);
        KnownTypes types = new KnownTypes(graph);
        List<Fusion.Group> groups = Fusion.groups(graph, types, InPlaceRewrite.of(graph, new Operators()));
        assertThat(groups.stream().map(group -> group.fused() != null)).containsExactly(true, false);
        Tensor image = Sketch.random(new Random(1), 1, 1, 3, 8, 8);
        try (Execution execution = Execution.of(graph)) {
            Tensor first = execution.run(image, Tensor.of(new float[1], 1)).get(0);
            Tensor second = execution
                    .run(
                            image,
                            Tensor.dense(
                                    DType.FLOAT64,
                                    new long[] {4, 1, 1},
                                    ByteBuffer.allocateDirect(32).order(ByteOrder.LITTLE_ENDIAN)))
                    .get(0);
            assertThat(first.spec()).isEqualTo(floats(1, 4, 6, 6));
            assertThat(second.spec()).isEqualTo(TensorSpec.of(DType.FLOAT64, 1, 4, 6, 6));
            assertThat(TensorDifference.relative(second, first)).isLessThan(1e-6);
        }
    }
}
