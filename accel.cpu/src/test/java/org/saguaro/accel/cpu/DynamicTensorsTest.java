// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.saguaro.accel.cpu.Sketch.floats;
import static org.saguaro.accel.cpu.Sketch.ints;
import static org.saguaro.accel.cpu.Sketch.list;
import static org.saguaro.accel.cpu.Sketch.number;
import static org.saguaro.accel.cpu.Sketch.ref;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.Support;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.HostType;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;

/** Segments in which nothing is known of some tensors before they are there, and numbers that come from outside. */
class DynamicTensorsTest {

    private static final AnyTensor ANY = new AnyTensor();

    private final Sketch sketch = new Sketch();

    private static Tensor values(float... values) {
        return Tensor.of(values, values.length);
    }

    private static Tensor zeros(DType dtype, long... sizes) {
        long count = 1;
        for (long size : sizes) {
            count *= size;
        }
        return Tensor.dense(
                dtype,
                sizes,
                ByteBuffer.allocateDirect((int) count * dtype.sizeBytes()).order(ByteOrder.LITTLE_ENDIAN));
    }

    private static Tensor real(double value) {
        return Tensor.dense(
                DType.FLOAT64,
                new long[0],
                ByteBuffer.allocateDirect(8).order(ByteOrder.LITTLE_ENDIAN).putDouble(0, value));
    }

    private static Tensor bool(boolean value) {
        return Tensor.dense(
                DType.BOOL, new long[0], ByteBuffer.allocateDirect(1).put(0, (byte) (value ? 1 : 0)));
    }

    private static Tensor integer(long value) {
        return Tensor.of(new long[] {value});
    }

    // ---- tensors of unknown type

    @Test
    void takesWhateverTypeAndShapeComes() throws Exception {
        int x = sketch.input(ANY);
        int y = sketch.layer("aten.mul.Tensor", ANY, "self", ref(x), "other", number(2));
        try (Execution execution = Execution.of(sketch.returning(y))) {
            assertThat(execution.run(values(1, 2)).get(0).toFloats()).containsExactly(2, 4);
            Tensor longs =
                    execution.run(Tensor.of(new long[] {3, 4, 5, 6}, 2, 2)).get(0);
            assertThat(longs.spec()).isEqualTo(TensorSpec.of(DType.INT64, 2, 2));
            assertThat(longs.toDoubles()).containsExactly(6, 8, 10, 12);
            assertThat(execution.run(real(0.5)).get(0).spec()).isEqualTo(TensorSpec.of(DType.FLOAT64));
            assertThat(execution.run(values(3)).get(0).toFloats()).containsExactly(6);
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void passesEveryElementTypeAndNoElements(DType dtype) throws Exception {
        int x = sketch.input(ANY);
        int y = sketch.layer("aten.cat.default", ANY, "tensors", list(ref(x), ref(x)), "dim", number(0));
        int t = sketch.layer("aten.transpose.int", ANY, "self", ref(y), "dim0", number(0), "dim1", number(1));
        try (Execution execution = Execution.of(sketch.returning(y, t))) {
            for (long rows : new long[] {2, 0, 3, 0}) {
                List<Tensor> out = execution.run(zeros(dtype, rows, 3));
                assertThat(out.get(0).spec()).isEqualTo(TensorSpec.of(dtype, 2 * rows, 3));
                assertThat(out.get(1).spec()).isEqualTo(TensorSpec.of(dtype, 3, 2 * rows));
            }
        }
    }

    @Test
    void returnsAsManyElementsAsTheDataAskFor() throws Exception {
        int x = sketch.input(ANY);
        int y = sketch.layer("aten.nonzero.default", ANY, "self", ref(x));
        try (Execution execution = Execution.of(sketch.returning(y))) {
            assertThat(execution.run(values(0, 1, 2)).get(0).toDoubles()).containsExactly(1, 2);
            assertThat(execution.run(values(0, 0, 0)).get(0).spec()).isEqualTo(TensorSpec.of(DType.INT64, 0, 1));
            assertThat(execution.run(values(5, 0, 0)).get(0).toDoubles()).containsExactly(0);
        }
    }

    @Test
    void addsNoResidualOfAnUnknownShapeInsideAConvolution() throws Exception {
        int x = sketch.input(ANY);
        int other = sketch.input(ANY);
        int weight = sketch.weight(4, 3, 3, 3);
        int conv =
                sketch.layer("aten.conv2d.default", ANY, "input", ref(x), "weight", ref(weight), "bias", Sketch.none());
        int sum = sketch.layer("aten.add.Tensor", ANY, "self", ref(conv), "other", ref(other));
        Tensor image = Sketch.random(new Random(1), 1, 2, 3, 5, 5);
        try (Execution execution = Execution.of(sketch.returning(sum, conv))) {
            List<Tensor> out = execution.run(image, values(1, 2, 3));
            double[] with = out.get(0).toDoubles();
            double[] without = out.get(1).toDoubles();
            for (int i = 0; i < with.length; i++) {
                assertThat(with[i] - without[i]).isCloseTo(1 + i % 3, org.assertj.core.api.Assertions.within(1e-5));
            }
        }
    }

    /** The model says how large the split's parts are, but what comes in need not be what its author saw. */
    @Test
    void trustsNoShapeThatFollowsFromAnUnknownOne() throws Exception {
        int x = sketch.input(ANY);
        List<Integer> parts = sketch.layers(
                "aten.split.Tensor", List.of(floats(2), floats(2)), "self", ref(x), "split_size", number(2));
        try (Execution execution = Execution.of(sketch.returning(parts.get(0), parts.get(1)))) {
            assertThat(execution.run(values(1, 2, 3, 4)).get(1).toFloats()).containsExactly(3, 4);
            assertThat(execution.run(values(1, 2, 3)).get(1).toFloats()).containsExactly(3);
            assertThatThrownBy(() -> execution.run(values(1, 2, 3, 4, 5)))
                    .isInstanceOfSatisfying(
                            AccelException.class,
                            e -> assertThat(e.category()).isEqualTo(AccelException.Category.INVALID_INPUT))
                    .hasMessageContaining("returned 3 tensors");
        }
    }

    @Test
    void leavesAnUnknownInputAloneThatIsWritten() throws Exception {
        int x = sketch.input(ANY);
        int view = sketch.layer("aten.select.int", ANY, "self", ref(x), "dim", number(0), "index", number(1));
        int written = sketch.layer("aten.zero_.default", ANY, "self", ref(view));
        int relu = sketch.layer("aten.relu_.default", ANY, "self", ref(x));
        List<Tensor> out = Execution.once(sketch.returning(relu, written), Tensor.of(new float[] {-1, 2, 3, 4}, 2, 2));
        assertThat(out.get(0).toFloats()).containsExactly(0, 2, 0, 0);
        assertThat(out.get(1).toFloats()).containsExactly(0, 0);
    }

    @Test
    void returnsAnUnknownInputItself() throws Exception {
        int x = sketch.input(ANY);
        int same = sketch.layer("aten.detach.default", ANY, "self", ref(x));
        List<Tensor> out = Execution.once(sketch.returning(x, same), values(1, 2));
        assertThat(out.get(0).toFloats()).containsExactly(1, 2);
        assertThat(out.get(1).toFloats()).containsExactly(1, 2);
    }

    @Test
    void saysWhichTypeTheModelPromisedAndWhichCame() throws Exception {
        int x = sketch.input(ANY);
        int y = sketch.layer("aten.neg.default", floats(2), "self", ref(x));
        try (Execution execution = Execution.of(sketch.returning(y))) {
            assertThat(execution.run(values(1, 2)).get(0).toFloats()).containsExactly(-1, -2);
            assertThatThrownBy(() -> execution.run(Tensor.of(new long[] {1, 2}, 2)))
                    .isInstanceOf(AccelException.class)
                    .hasMessageContaining("has elements of int64, the model says float32");
            assertThatThrownBy(() -> execution.run(Tensor.of(new float[] {1, 2}, 2, 1)))
                    .isInstanceOf(AccelException.class)
                    .hasMessageContaining("has 2 dimensions, the model says 1");
        }
    }

    @Test
    void answersForTensorsOfUnknownTypeAndNotForLists() {
        int x = sketch.input(ANY);
        int tensors = sketch.input(new HostType("List[Tensor]"));
        int y = sketch.layer("aten.relu.default", ANY, "self", ref(x));
        int z = sketch.layer("aten.cat.default", ANY, "tensors", ref(tensors));
        LayerGraph graph = sketch.returning(y, z);
        var pe = Execution.newPe();
        assertThat(pe.supports(graph, graph.layers().get(0))).isEqualTo(Support.yes());
        assertThat(pe.supports(graph, graph.layers().get(1)))
                .isEqualTo(Support.no(Support.Cause.ATTRIBUTE, "in1 is a List[Tensor] known only at run time"));
    }

    @Test
    void runsOverloadsThatOnlyTorchScriptHas() throws Exception {
        int x = sketch.input(ANY);
        int index = sketch.input(ANY);
        int picked = sketch.layer("aten.index.Tensor_hacked_twin", ANY, "self", ref(x), "indices", list(ref(index)));
        int t = sketch.layer("aten.mT.a", ANY, "self", ref(picked));
        List<Tensor> out = Execution.once(
                sketch.returning(t), Tensor.of(new float[] {1, 2, 3, 4}, 2, 2), Tensor.of(new long[] {1, 1}, 2));
        assertThat(out.get(0).toFloats()).containsExactly(3, 3, 4, 4);
    }

    /** What was computed for one request says nothing about the data of the next. */
    @Test
    void blamesTheDataWhereTensorsDoNotFit() {
        Argument x = ref(0);
        Argument y = ref(1);
        Tensor matrix = Tensor.of(new float[6], 2, 3);
        Tensor vector = values(1, 2);
        refuses(matrix, matrix, "aten.mm.default", "self", x, "mat2", y);
        refuses(matrix, vector, "aten.add.Tensor", "self", x, "other", y);
        refuses(vector, matrix, "aten.linear.default", "input", x, "weight", y);
        refuses(matrix, vector, "aten.cat.default", "tensors", list(x, y));
        refuses(matrix, vector, "aten.stack.default", "tensors", list(x, y));
        refuses(matrix, vector, "aten.conv2d.default", "input", x, "weight", y);
        refuses(matrix, vector, "aten.view.default", "self", x, "size", ints(4, 4));
        refuses(matrix, vector, "aten.expand.default", "self", x, "size", ints(4, 4));
        refuses(matrix, vector, "aten.permute.default", "self", x, "dims", ints(0, 2));
        refuses(matrix, vector, "aten.select.int", "self", x, "dim", number(0), "index", number(7));
        refuses(matrix, vector, "aten.topk.default", "self", x, "k", number(9));
        refuses(values(1, 2, 3), vector, "aten.split_with_sizes.default", "self", x, "split_sizes", ints(1, 1));
        refuses(matrix, Tensor.of(new long[] {5}, 1), "aten.index.Tensor", "self", x, "indices", list(y));
        refuses(matrix, vector, "aten.index.Tensor", "self", x, "indices", list(y));
        refuses(vector, Tensor.of(new long[] {5}, 1), "aten.gather.default", "self", x, "dim", number(0), "index", y);
        refuses(matrix, vector, "aten.layer_norm.default", "input", x, "normalized_shape", ints(5));
        refuses(vector, vector, "aten.max_pool2d.default", "self", x, "kernel_size", ints(2, 2));
        refuses(matrix, vector, "aten.embedding.default", "weight", x, "indices", y);
        refuses(matrix, vector, "aten.linalg_inv.default", "A", x);
        refuses(Tensor.of(new float[0], 0), vector, "aten.max.default", "self", x);
        refuses(matrix, vector, "aten.upsample_nearest2d.default", "self", x, "output_size", ints(3, 3));
    }

    private static void refuses(Tensor first, Tensor second, String op, Object... arguments) {
        Sketch sketch = new Sketch();
        sketch.input(ANY);
        sketch.input(ANY);
        List<AnyTensor> results = op.contains("split") ? List.of(ANY, ANY) : List.of(ANY);
        LayerGraph graph =
                sketch.returning(sketch.layers(op, results, arguments).get(0));
        assertThatThrownBy(() -> Execution.once(graph, first, second))
                .as(op)
                .isInstanceOfSatisfying(
                        AccelException.class,
                        e -> assertThat(e.category())
                                .as("%s", e.getMessage())
                                .isEqualTo(AccelException.Category.INVALID_INPUT));
    }

    // ---- numbers from outside

    @Test
    void takesAnIntegerWhereTheSchemaSaysSoOrFloatOrTensor() throws Exception {
        int n = sketch.input(ScalarType.INT);
        int x = sketch.input(ANY);
        int narrow = sketch.layer(
                "aten.narrow.default", ANY, "self", ref(x), "dim", number(0), "start", number(0), "length", ref(n));
        int scaled = sketch.layer("aten.mul.Tensor", ANY, "self", ref(x), "other", ref(n));
        int elu = sketch.layer("aten.leaky_relu.default", ANY, "self", ref(x), "negative_slope", ref(n));
        int full = sketch.layer("aten.full.default", ANY, "size", list(ref(n), number(1)), "fill_value", ref(n));
        try (Execution execution = Execution.of(sketch.returning(narrow, scaled, elu, full))) {
            for (int i = 1; i <= 2; i++) {
                List<Tensor> out = execution.run(integer(i), values(-1, 2, 3));
                assertThat(out.get(0).elementCount()).isEqualTo(i);
                assertThat(out.get(1).dtype()).isEqualTo(DType.FLOAT32);
                assertThat(out.get(1).toFloats()).containsExactly(-i, 2 * i, 3 * i);
                assertThat(out.get(2).toFloats()).containsExactly(-i, 2, 3);
                assertThat(out.get(3).spec()).isEqualTo(TensorSpec.of(DType.INT64, i, 1));
            }
        }
    }

    @Test
    void promotesANumberAsPythonDoes() throws Exception {
        int half = sketch.input(ScalarType.FLOAT);
        int flag = sketch.input(ScalarType.BOOL);
        int x = sketch.input(ANY);
        int product = sketch.layer("aten.mul.Tensor", ANY, "self", ref(x), "other", ref(half));
        int sum = sketch.layer("aten.add.Tensor", ANY, "self", ref(x), "other", ref(flag));
        int chosen = sketch.layer(
                "aten.where.self",
                ANY,
                "condition",
                ref(sketch.layer("aten.gt.Scalar", ANY, "self", ref(x), "other", ref(half))),
                "self",
                ref(x),
                "other",
                ref(half));
        try (Execution execution = Execution.of(sketch.returning(product, sum, chosen))) {
            List<Tensor> ofLongs = execution.run(real(0.5), bool(true), Tensor.of(new long[] {3, 0}, 2));
            assertThat(ofLongs.get(0).dtype())
                    .as("an integer tensor times a float is of the default type")
                    .isEqualTo(DType.FLOAT32);
            assertThat(ofLongs.get(0).toFloats()).containsExactly(1.5f, 0);
            assertThat(ofLongs.get(1).spec()).isEqualTo(TensorSpec.of(DType.INT64, 2));
            assertThat(ofLongs.get(1).toDoubles()).containsExactly(4, 1);
            assertThat(ofLongs.get(2).toFloats()).containsExactly(3, 0.5f);
            List<Tensor> ofHalves = execution.run(real(0.5), bool(false), zeros(DType.FLOAT16, 2));
            assertThat(ofHalves.get(0).dtype()).isEqualTo(DType.FLOAT16);
            assertThat(ofHalves.get(2).toFloats()).containsExactly(0.5f, 0.5f);
        }
    }

    @Test
    void takesATensorOfOneElementWhereTheSchemaSaysNumber() throws Exception {
        int n = sketch.input(ANY);
        int x = sketch.input(ANY);
        int sum = sketch.layer("aten.add.Scalar", ANY, "self", ref(x), "other", ref(n));
        int repeated = sketch.layer("aten.repeat.default", ANY, "self", ref(x), "repeats", list(ref(n)));
        try (Execution execution = Execution.of(sketch.returning(sum, repeated))) {
            List<Tensor> out = execution.run(values(2), values(1, 2));
            assertThat(out.get(0).toFloats()).containsExactly(3, 4);
            assertThat(out.get(1).toFloats()).containsExactly(1, 2, 1, 2);
            assertThatThrownBy(() -> execution.run(values(2, 3), values(1, 2)))
                    .isInstanceOfSatisfying(
                            AccelException.class,
                            e -> assertThat(e.category()).isEqualTo(AccelException.Category.INVALID_INPUT));
        }
    }

    @Test
    void returnsANumberThatIsPassedOn() throws Exception {
        int n = sketch.input(ScalarType.INT);
        int r = sketch.input(ScalarType.FLOAT);
        int x = sketch.input(ANY);
        int y = sketch.layer("aten.add.Tensor", ANY, "self", ref(x), "other", ref(r));
        LayerGraph graph = sketch.returning(y, n, r);
        List<Tensor> out = Execution.once(graph, integer(7), real(0.5), values(1));
        assertThat(out.get(1).spec()).isEqualTo(TensorSpec.of(DType.INT64));
        assertThat(out.get(1).toDoubles()).containsExactly(7);
        assertThat(out.get(2).toDoubles()).containsExactly(0.5);
    }

    @Test
    void refusesANumberOfAnotherType() throws Exception {
        int n = sketch.input(ScalarType.INT);
        int x = sketch.input(ANY);
        int y = sketch.layer("aten.add.Tensor", ANY, "self", ref(x), "other", ref(n));
        try (Execution execution = Execution.of(sketch.returning(y))) {
            for (Tensor wrong : List.of(real(1), Tensor.of(new long[] {1}, 1))) {
                assertThatThrownBy(() -> execution.run(wrong, values(1)))
                        .isInstanceOfSatisfying(
                                AccelException.class,
                                e -> assertThat(e.category()).isEqualTo(AccelException.Category.INVALID_INPUT))
                        .hasMessageContaining("must be int64[]");
            }
        }
    }

    @Test
    void refusesANumberWhereTheSchemaSaysText() {
        int n = sketch.input(ScalarType.INT);
        int x = sketch.input(ANY);
        int y = sketch.layer("aten.gelu.default", ANY, "self", ref(x), "approximate", ref(n));
        assertThatThrownBy(() -> Execution.once(sketch.returning(y), integer(1), values(1)))
                .isInstanceOfSatisfying(
                        AccelException.class,
                        e -> assertThat(e.category()).isEqualTo(AccelException.Category.UNSUPPORTED))
                .hasMessageContaining("wants TEXT");
    }

    @Test
    void ignoresAnArgumentsPlaceAndGoesByItsName() throws Exception {
        int x = sketch.input(ANY);
        int y = sketch.layer("aten.sub.Tensor", ANY, "other", new Argument.Int(1), "self", ref(x));
        assertThat(Execution.once(sketch.returning(y), values(3)).get(0).toFloats())
                .containsExactly(2);
    }
}
