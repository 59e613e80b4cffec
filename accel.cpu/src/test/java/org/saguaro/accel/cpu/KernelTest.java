// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.saguaro.accel.cpu.Sketch.floats;
import static org.saguaro.accel.cpu.Sketch.ints;
import static org.saguaro.accel.cpu.Sketch.list;
import static org.saguaro.accel.cpu.Sketch.none;
import static org.saguaro.accel.cpu.Sketch.number;
import static org.saguaro.accel.cpu.Sketch.ref;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.Support;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Dim;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.Shape;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;

/** Any operator, any argument, any element type; inputs are never changed; bad data is an error and never a crash. */
class KernelTest {

    private final Sketch sketch = new Sketch();

    private static Tensor longs(long... values) {
        return Tensor.of(values, values.length);
    }

    private static Tensor values(float... values) {
        return Tensor.of(values, values.length);
    }

    // ---- arguments

    @Test
    void takesNumbersWhereTheSchemaWantsTensors() throws Exception {
        int x = sketch.input(TensorSpec.of(DType.INT64, 3));
        int y = sketch.layer("aten.mul.Tensor", floats(3), "self", ref(x), "other", number(0.5));
        assertThat(Execution.once(sketch.returning(y), longs(1, 2, 3)).get(0).toFloats())
                .as("an int tensor times a number is float32, as in PyTorch")
                .containsExactly(0.5f, 1f, 1.5f);
    }

    @Test
    void fillsDefaultsOfOmittedArguments() throws Exception {
        int x = sketch.input(floats(2));
        int y = sketch.layer("aten.add.Tensor", floats(2), "self", ref(x), "other", ref(x));
        assertThat(Execution.once(sketch.returning(y), values(1, 2)).get(0).toFloats())
                .containsExactly(2f, 4f);
    }

    @Test
    void passesListsOfTensorsSomeOfThemNone() throws Exception {
        int x = sketch.input(floats(2, 3));
        int index = sketch.input(TensorSpec.of(DType.INT64, 2));
        int y = sketch.layer("aten.index.Tensor", floats(2, 2), "self", ref(x), "indices", list(none(), ref(index)));
        assertThat(Execution.once(sketch.returning(y), Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3), longs(2, 0))
                        .get(0)
                        .toFloats())
                .containsExactly(3f, 1f, 6f, 4f);
    }

    @Test
    void passesTheSameValueTwiceAndInLists() throws Exception {
        int x = sketch.input(floats(2));
        int doubled = sketch.layer("aten.add.Tensor", floats(2), "self", ref(x), "other", ref(x));
        int cat = sketch.layer(
                "aten.cat.default", floats(4), "tensors", list(ref(doubled), ref(doubled)), "dim", number(0));
        assertThat(Execution.once(sketch.returning(cat), values(1, 2)).get(0).toFloats())
                .containsExactly(2f, 4f, 2f, 4f);
    }

    @Test
    void passesTextTypesAndMemoryFormats() throws Exception {
        int x = sketch.input(floats(4));
        int gelu =
                sketch.layer("aten.gelu.default", floats(4), "self", ref(x), "approximate", new Argument.Text("tanh"));
        int half = sketch.layer(
                "aten._to_copy.default",
                TensorSpec.of(DType.FLOAT64, 4),
                "self",
                ref(gelu),
                "dtype",
                new Argument.Type(DType.FLOAT64),
                "device",
                new Argument.Constant(Argument.Constant.Kind.DEVICE, "cuda:0"),
                "memory_format",
                new Argument.Constant(Argument.Constant.Kind.MEMORY_FORMAT, "preserve_format"));
        assertThat(Execution.once(sketch.returning(half), values(0, 1, -1, 2))
                        .get(0)
                        .toDoubles()[1])
                .isCloseTo(0.8412, org.assertj.core.api.Assertions.within(1e-3));
    }

    @Test
    void drawsRandomNumbersWithoutAGenerator() throws Exception {
        int x = sketch.input(floats(1000));
        int y = sketch.layer("aten.rand_like.default", floats(1000), "self", ref(x));
        float[] drawn = Execution.once(sketch.returning(y), Tensor.of(new float[1000], 1000))
                .get(0)
                .toFloats();
        double mean = 0;
        for (float value : drawn) {
            mean += value / 1000;
        }
        assertThat(mean).isBetween(0.4, 0.6);
    }

    // ---- sizes known only at run time

    @Test
    void computesWithSizesOfTheRequest() throws Exception {
        Dim rows = new Dim.Symbolic("s0", 1, 64);
        int x = sketch.input(new TensorSpec(DType.FLOAT32, new Shape(List.of(rows, new Dim.Fixed(4)))));
        int size = sketch.layer("aten.sym_size.int", ScalarType.INT, "self", ref(x), "dim", number(0));
        int y = sketch.layer(
                "aten.view.default",
                new TensorSpec(DType.FLOAT32, new Shape(List.of(rows, new Dim.Fixed(2), new Dim.Fixed(2)))),
                "self",
                ref(x),
                "size",
                list(ref(size), number(2), number(2)));
        int scaled = sketch.layer(
                "aten.mul.Tensor",
                new TensorSpec(DType.FLOAT32, new Shape(List.of(rows, new Dim.Fixed(2), new Dim.Fixed(2)))),
                "self",
                ref(y),
                "other",
                ref(size));
        try (Execution execution = Execution.of(sketch.returning(scaled, size))) {
            for (int n : new int[] {1, 3, 2}) {
                List<Tensor> out = execution.run(Tensor.of(new float[4 * n], n, 4));
                assertThat(out.get(0).sizes()).containsExactly(n, 2, 2);
                assertThat(out.get(1).toDoubles()).containsExactly(n);
            }
        }
    }

    @Test
    void takesScalarsFromOtherSegments() throws Exception {
        int n = sketch.input(ScalarType.INT);
        int x = sketch.input(floats(6));
        int y = sketch.layer(
                "aten.reshape.default",
                new TensorSpec(
                        DType.FLOAT32,
                        new Shape(List.of(new Dim.Symbolic("s0", 1, 6), new Dim.Symbolic("6//s0", 1, 6)))),
                "self",
                ref(x),
                "shape",
                list(ref(n), number(-1)));
        Tensor two = Tensor.of(new long[] {2});
        assertThat(Execution.once(sketch.returning(y), two, values(1, 2, 3, 4, 5, 6))
                        .get(0)
                        .sizes())
                .containsExactly(2, 3);
    }

    @Test
    void returnsConstantsAndInputsAndWeights() throws Exception {
        int x = sketch.input(floats(2));
        int w = sketch.weight(values(5, 6));
        LayerGraph graph = sketch.returning(x, w).toBuilder()
                .addOutput(new Argument.Int(7))
                .addOutput(new Argument.Real(0.5))
                .build();
        List<Tensor> out = Execution.once(graph, values(1, 2));
        assertThat(out.get(0).toFloats()).containsExactly(1f, 2f);
        assertThat(out.get(1).toFloats()).containsExactly(5f, 6f);
        assertThat(out.get(2).toDoubles()).containsExactly(7);
        assertThat(out.get(3).toDoubles()).containsExactly(0.5);
    }

    // ---- element types and odd sizes

    @ParameterizedTest
    @EnumSource(DType.class)
    void carriesEveryElementType(DType dtype) throws Exception {
        int x = sketch.input(TensorSpec.of(dtype, 2, 3));
        int y = sketch.layer(
                "aten.transpose.int", TensorSpec.of(dtype, 3, 2), "self", ref(x), "dim0", number(0), "dim1", number(1));
        int bytes = dtype.sizeBytes();
        ByteBuffer data = ByteBuffer.allocateDirect(6 * bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < data.capacity(); i++) {
            data.put(i, dtype == DType.BOOL ? (byte) (i % 2) : (byte) (i + 1));
        }
        Tensor out = Execution.once(sketch.returning(y), Tensor.dense(dtype, new long[] {2, 3}, data))
                .get(0);
        ByteBuffer expected = ByteBuffer.allocate(6 * bytes);
        for (int column = 0; column < 3; column++) {
            for (int row = 0; row < 2; row++) {
                expected.put(data.slice((row * 3 + column) * bytes, bytes));
            }
        }
        assertThat(out.bytes()).isEqualTo(expected.flip());
    }

    @Test
    void handlesTensorsWithoutElementsAndWithoutDimensions() throws Exception {
        int empty = sketch.input(floats(0, 3));
        int number = sketch.input(floats());
        int y = sketch.layer("aten.mul.Tensor", floats(0, 3), "self", ref(empty), "other", ref(number));
        int sum = sketch.layer("aten.sum.default", floats(), "self", ref(y));
        List<Tensor> out =
                Execution.once(sketch.returning(y, sum), Tensor.of(new float[0], 0, 3), Tensor.of(new float[] {2}));
        assertThat(out.get(0).sizes()).containsExactly(0, 3);
        assertThat(out.get(1).toFloats()).containsExactly(0f);
    }

    @Test
    void readsStridedWeights() throws Exception {
        ByteBuffer memory = ByteBuffer.allocateDirect(24).order(ByteOrder.LITTLE_ENDIAN);
        memory.asFloatBuffer().put(new float[] {1, 2, 3, 4, 5, 6});
        int w = sketch.weight(new Tensor(DType.FLOAT32, new long[] {3, 2}, new long[] {1, 3}, memory));
        int x = sketch.input(floats(3, 2));
        int y = sketch.layer("aten.add.Tensor", floats(3, 2), "self", ref(x), "other", ref(w));
        assertThat(Execution.once(sketch.returning(y), Tensor.of(new float[6], 3, 2))
                        .get(0)
                        .toFloats())
                .containsExactly(1, 4, 2, 5, 3, 6);
    }

    @Test
    void readsWeightsOnTheHeap() throws Exception {
        ByteBuffer heap = ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(3)
                .putFloat(4)
                .flip();
        int w = sketch.weight(Tensor.dense(DType.FLOAT32, new long[] {2}, heap));
        int x = sketch.input(floats(2));
        int y = sketch.layer("aten.add.Tensor", floats(2), "self", ref(x), "other", ref(w));
        assertThat(Execution.once(sketch.returning(y), values(1, 1)).get(0).toFloats())
                .containsExactly(4, 5);
    }

    @Test
    void flattensReturnedLists() throws Exception {
        int x = sketch.input(floats(5));
        List<Integer> parts = sketch.layers(
                "aten.split.Tensor", List.of(floats(2), floats(2), floats(1)), "self", ref(x), "split_size", number(2));
        int last = sketch.layer("aten.neg.default", floats(1), "self", ref(parts.get(2)));
        List<Tensor> out = Execution.once(sketch.returning(parts.get(0), parts.get(1), last), values(1, 2, 3, 4, 5));
        assertThat(out.get(0).toFloats()).containsExactly(1, 2);
        assertThat(out.get(1).toFloats()).containsExactly(3, 4);
        assertThat(out.get(2).toFloats()).containsExactly(-5);
    }

    // ---- memory shared between values; Execution checks that inputs stay as they were

    @Test
    void leavesTheInputAloneThatAnOperatorWrites() throws Exception {
        int x = sketch.input(floats(3));
        int y = sketch.layer("aten.relu_.default", floats(3), "self", ref(x));
        List<Tensor> out = Execution.once(sketch.returning(y, x), values(-1, 2, -3));
        assertThat(out.get(0).toFloats()).containsExactly(0, 2, 0);
        assertThat(out.get(1).toFloats())
                .as("the input's name was written, so it reads as the result")
                .containsExactly(0, 2, 0);
    }

    @Test
    void leavesTheInputAloneThatIsWrittenThroughAView() throws Exception {
        int x = sketch.input(floats(4));
        int view = sketch.layer("aten.view.default", floats(2, 2), "self", ref(x), "size", ints(2, 2));
        int row = sketch.layer("aten.select.int", floats(2), "self", ref(view), "dim", number(0), "index", number(1));
        int written = sketch.layer("aten.mul_.Tensor", floats(2), "self", ref(row), "other", number(10));
        int sum = sketch.layer("aten.add.Tensor", floats(4), "self", ref(x), "other", number(0));
        List<Tensor> out = Execution.once(sketch.returning(sum, written, view), values(1, 2, 3, 4));
        assertThat(out.get(0).toFloats())
                .as("a later reader of the base sees the write")
                .containsExactly(1, 2, 30, 40);
        assertThat(out.get(1).toFloats()).containsExactly(30, 40);
        assertThat(out.get(2).toFloats()).containsExactly(1, 2, 30, 40);
    }

    @Test
    void leavesTheInputAloneBehindADropoutThatPassesItOn() throws Exception {
        int x = sketch.input(floats(2));
        int same = sketch.layer(
                "aten.dropout.default", floats(2), "input", ref(x), "p", number(0.5), "train", number(false));
        int view = sketch.layer("aten.view.default", floats(2, 1), "self", ref(same), "size", ints(2, 1));
        int written = sketch.layer("aten.add_.Tensor", floats(2), "self", ref(same), "other", number(1));
        assertThat(Execution.once(sketch.returning(view, written), values(1, 2))
                        .get(0)
                        .toFloats())
                .containsExactly(2, 3);
    }

    @Test
    void neverWritesWeights() throws Exception {
        Tensor state = values(1, 2);
        int w = sketch.weight(state);
        int x = sketch.input(floats(2));
        int view = sketch.layer("aten.view.default", floats(2, 1), "self", ref(w), "size", ints(2, 1));
        int written = sketch.layer("aten.add_.Tensor", floats(2), "self", ref(w), "other", ref(x));
        try (Execution execution = Execution.of(sketch.returning(written, view))) {
            for (int i = 0; i < 3; i++) {
                List<Tensor> out = execution.run(values(10, 20));
                assertThat(out.get(0).toFloats()).containsExactly(11, 22);
                assertThat(out.get(1).toFloats()).containsExactly(11, 22);
            }
        }
        assertThat(state.toFloats()).containsExactly(1, 2);
    }

    @Test
    void keepsTheStatisticsOfABatchNormInTraining() throws Exception {
        Tensor mean = values(0, 0);
        int x = sketch.input(floats(3, 2));
        int m = sketch.weight(mean);
        int v = sketch.weight(values(1, 1));
        int y = sketch.layer(
                "aten.batch_norm.default",
                floats(3, 2),
                "input",
                ref(x),
                "weight",
                none(),
                "bias",
                none(),
                "running_mean",
                ref(m),
                "running_var",
                ref(v),
                "training",
                number(true),
                "momentum",
                number(0.1),
                "eps",
                number(1e-5),
                "cudnn_enabled",
                number(false));
        Execution.once(sketch.returning(y), Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2));
        assertThat(mean.toFloats()).containsExactly(0, 0);
    }

    @Test
    void returnsOneMemoryUnderTwoNames() throws Exception {
        int x = sketch.input(floats(2, 2));
        int y = sketch.layer("aten.neg.default", floats(2, 2), "self", ref(x));
        int t = sketch.layer("aten.t.default", floats(2, 2), "self", ref(y));
        List<Tensor> out = Execution.once(sketch.returning(y, t, y), Tensor.of(new float[] {1, 2, 3, 4}, 2, 2));
        assertThat(out.get(0).toFloats()).containsExactly(-1, -2, -3, -4);
        assertThat(out.get(1).toFloats()).containsExactly(-1, -3, -2, -4);
        assertThat(out.get(2).toFloats()).containsExactly(-1, -2, -3, -4);
    }

    // ---- errors

    @Test
    void saysWhichOperatorIsUnknown() {
        int x = sketch.input(floats(2));
        int y = sketch.layer("torchvision.roi_pool.default", floats(2), "self", ref(x));
        LayerGraph graph = sketch.returning(y);
        ProcessingElement pe = Execution.newPe();
        assertThat(pe.supports(graph, graph.layers().get(0)))
                .isEqualTo(Support.no(Support.Cause.OPERATOR, "libtorch has no operator torchvision.roi_pool.default"));
        assertThatThrownBy(() -> pe.prepare(graph))
                .isInstanceOfSatisfying(
                        AccelException.class,
                        e -> assertThat(e.category()).isEqualTo(AccelException.Category.UNSUPPORTED));
    }

    @Test
    void namesAnArgumentThatTheOperatorLacks() {
        int x = sketch.input(floats(2));
        int y = sketch.layer("aten.relu.default", floats(2), "self", ref(x), "slope", number(2));
        LayerGraph graph = sketch.returning(y);
        assertThat(Execution.newPe().supports(graph, graph.layers().get(0)))
                .isEqualTo(Support.no(Support.Cause.ATTRIBUTE, "libtorch's aten.relu.default has no argument slope"));
    }

    @Test
    void refusesAnArgumentOfTheWrongKindInsteadOfCrashing() {
        int x = sketch.input(floats(2));
        int y = sketch.layer("aten.view.default", floats(2), "self", ref(x), "size", new Argument.Text("two"));
        assertThatThrownBy(() -> Execution.once(sketch.returning(y), values(1, 2)))
                .isInstanceOf(AccelException.class)
                .hasMessageContaining("m.aten_view")
                .hasMessageContaining("must be a list of INT");
    }

    @Test
    void blamesTheDataForAnIndexOutOfRangeAndGoesOn() throws Exception {
        int table = sketch.weight(Tensor.of(new float[] {1, 2, 3, 4}, 4, 1));
        int index = sketch.input(TensorSpec.of(DType.INT64, 2));
        int y = sketch.layer("aten.embedding.default", floats(2, 1), "weight", ref(table), "indices", ref(index));
        try (Execution execution = Execution.of(sketch.returning(y))) {
            assertThatThrownBy(() -> execution.run(longs(0, 99))).isInstanceOfSatisfying(AccelException.class, e -> {
                assertThat(e.category()).isEqualTo(AccelException.Category.INVALID_INPUT);
                assertThat(e.getMessage()).hasSizeLessThan(300).contains("cpu0", "m.aten_embedding");
                if (Backends.tellReasons()) {
                    assertThat(e.getMessage()).contains("out of range");
                }
            });
            assertThat(execution.run(longs(3, 0)).get(0).toFloats()).containsExactly(4, 1);
        }
    }

    @Test
    void refusesAnInputOfTheWrongSize() throws Exception {
        int x = sketch.input(floats(2, 3));
        int y = sketch.layer("aten.neg.default", floats(2, 3), "self", ref(x));
        try (Execution execution = Execution.of(sketch.returning(y))) {
            assertThatThrownBy(() -> execution.run(Tensor.of(new float[4], 2, 2)))
                    .isInstanceOfSatisfying(
                            AccelException.class,
                            e -> assertThat(e.category()).isEqualTo(AccelException.Category.INVALID_INPUT))
                    .hasMessageContaining("float32[2, 3]")
                    .hasMessageContaining("float32[2, 2]");
        }
    }

    @Test
    void sortsLibtorchsWordsIntoCategories() {
        assertThat(TorchFailures.category("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"))
                .isEqualTo(AccelException.Category.RESOURCE_EXHAUSTED);
        String where =
                "\nException raised from foo at bar.cpp:3 (most recent call first):\nframe #0: c10::Error::Error";
        assertThat(TorchFailures.category("mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)" + where))
                .isEqualTo(AccelException.Category.INVALID_INPUT);
        assertThat(TorchFailures.category("refs > 0 INTERNAL ASSERT FAILED at \"a.h\":3" + where))
                .isEqualTo(AccelException.Category.KERNEL_FAILED);
        assertThat(TorchFailures.category("\"addmm_impl_cpu_\" not implemented for 'Bool'"))
                .isEqualTo(AccelException.Category.UNSUPPORTED);
        assertThat(TorchFailures.category("unknown trouble")).isEqualTo(AccelException.Category.KERNEL_FAILED);
        assertThat(TorchFailures.firstLine(new RuntimeException(
                                "\nshape trouble\nException raised from foo at bar.cpp:3 (most recent"))
                        .length())
                .isEqualTo("shape trouble".length());
    }
}
