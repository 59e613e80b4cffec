// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.cabi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.saguaro.accel.cpu.Sketch.floats;
import static org.saguaro.accel.cpu.Sketch.ints;
import static org.saguaro.accel.cpu.Sketch.list;
import static org.saguaro.accel.cpu.Sketch.number;
import static org.saguaro.accel.cpu.Sketch.ref;

import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.Support;
import org.saguaro.accel.cpu.Backends;
import org.saguaro.accel.cpu.CpuProcessingElement;
import org.saguaro.accel.cpu.Execution;
import org.saguaro.accel.cpu.Sketch;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;

/** Kernels on the C ABI as the oldest libtorch has it: what they hold, and what is refused. */
class CAbiKernelTest {

    private final ProcessingElement pe =
            new CpuProcessingElement(0, 1, new BitSet(), CAbiForTests.asOldest(Backends.presetsFolder()));
    private final Sketch sketch = new Sketch();

    @Test
    void freesEveryHandleWhetherACallSucceedsOrNot() throws Exception {
        int table = sketch.weight(Tensor.of(new float[] {1, 2, 3, 4}, 2, 2));
        int index = sketch.input(TensorSpec.of(DType.INT64, 2));
        int rows = sketch.layer("aten.embedding.default", floats(2, 2), "weight", ref(table), "indices", ref(index));
        int split = sketch.layers(
                        "aten.split.Tensor",
                        List.of(floats(1, 2), floats(1, 2)),
                        "self",
                        ref(rows),
                        "split_size",
                        number(1))
                .get(1);
        int mean = sketch.layer("aten.mean.dim", floats(1), "self", ref(split), "dim", ints(1));
        Execution execution = new Execution(pe, sketch.returning(mean));
        CAbiKernel kernel = (CAbiKernel) execution.kernel;
        assertThat(kernel.liveHandles()).as("the weight's").isEqualTo(1);
        for (int i = 0; i < 3; i++) {
            assertThat(execution.run(Tensor.of(new long[] {0, 1}, 2)).get(0).toFloats())
                    .containsExactly(3.5f);
            assertThatThrownBy(() -> execution.run(Tensor.of(new long[] {0, 9}, 2)))
                    .isInstanceOfSatisfying(
                            AccelException.class,
                            e -> assertThat(e.category()).isEqualTo(AccelException.Category.INVALID_INPUT))
                    .hasMessageContaining("aten.embedding.default(weight=float32[2, 2], indices=int64[2]");
        }
        assertThat(kernel.liveHandles())
                .as("the weight's, and one of each buffer that came by: six inputs, one output")
                .isEqualTo(8);
        execution.close();
        assertThat(kernel.liveHandles()).as("after closing").isZero();
    }

    @Test
    void refusesByNameWhatTheAbiDoesNotReach() {
        int x = sketch.input(floats(2, 2));
        int y = sketch.layer(
                "aten.einsum.default",
                floats(2, 2),
                "equation",
                new Argument.Text("ij,jk->ik"),
                "tensors",
                list(ref(x), ref(x)));
        LayerGraph graph = sketch.returning(y);
        assertThat(pe.supports(graph, graph.layers().get(0))).isInstanceOfSatisfying(Support.Unsupported.class, no -> {
            assertThat(no.cause()).isEqualTo(Support.Cause.OPERATOR);
            assertThat(no.detail())
                    .startsWith("the C ABI of libtorch 2.")
                    .endsWith("has no way to aten.einsum.default");
        });
        assertThatThrownBy(() -> pe.prepare(graph))
                .isInstanceOfSatisfying(
                        AccelException.class,
                        e -> assertThat(e.category()).isEqualTo(AccelException.Category.UNSUPPORTED));
    }

    /** libtorch's own function for sums multiplies by a double; beyond 2^53 that would show. */
    @Test
    void addsWholeNumbersExactly() throws Exception {
        int x = sketch.input(new AnyTensor());
        int y = sketch.input(new AnyTensor());
        int sum = sketch.layer("aten.add.Tensor", new AnyTensor(), "self", ref(x), "other", ref(y), "alpha", number(3));
        int difference = sketch.layer("aten.sub.Tensor", new AnyTensor(), "self", ref(sum), "other", number(1));
        long large = (1L << 60) + 1;
        try (Execution execution = new Execution(pe, sketch.returning(sum, difference))) {
            List<Tensor> out =
                    execution.run(Tensor.of(new long[] {large, 2, 3, 4}, 2, 2), Tensor.of(new long[] {1, -1}, 2));
            assertThat(out.get(0).bytes().getLong(0)).isEqualTo(large + 3);
            assertThat(out.get(1).bytes().getLong(0)).isEqualTo(large + 2);
            assertThat(out.get(1).bytes().getLong(24)).as("4 - 3 - 1").isZero();
        }
    }
}
