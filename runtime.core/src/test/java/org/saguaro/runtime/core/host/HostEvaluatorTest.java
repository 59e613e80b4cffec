// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.HostOp;

/** What Python's table does not hold: tensors, element types, identity, unpacking, and the end of a request. */
@NullUnmarked // Under JDK 17 javac does not show NullAway what is @Nullable inside arrays and lists of compiled
// classes.
class HostEvaluatorTest {

    /** A tensor of numbers that counts who looks at its data. */
    private static final class Sample implements HostTensor {
        private final DType dtype;
        private final long[] sizes;
        private final Object data;
        private int reads;

        Sample(DType dtype, Object data, long... sizes) {
            this.dtype = dtype;
            this.sizes = sizes;
            this.data = data;
        }

        @Override
        public DType dtype() {
            return dtype;
        }

        @Override
        public long[] sizes() {
            return sizes.clone();
        }

        @Override
        public Object item() {
            reads++;
            return data;
        }

        @Override
        public Object toList() {
            reads++;
            return data;
        }
    }

    private static @Nullable Object run(HostOp op, @Nullable Object... operands) throws Exception {
        return HostCalls.evaluate(op, 1, operands).get(0);
    }

    @Test
    void metadataDoesNotTouchTheData() throws Exception {
        Sample tensor = new Sample(DType.FLOAT16, "unused", 2, 0, 5);

        assertThat(run(HostOp.SIZE, tensor, 2L)).isEqualTo(5L);
        assertThat(run(HostOp.SIZE, tensor, -3L)).isEqualTo(2L);
        assertThat(run(HostOp.SHAPE, tensor)).isEqualTo(List.of(2L, 0L, 5L));
        assertThat(run(HostOp.RANK, tensor)).isEqualTo(3L);
        assertThat(run(HostOp.NUMEL, tensor)).isEqualTo(0L);
        assertThat(run(HostOp.LEN, tensor)).isEqualTo(2L);
        assertThat(run(HostOp.DTYPE, tensor)).isEqualTo(DType.FLOAT16);
        assertThat(run(HostOp.IS_FLOATING_POINT, tensor)).isEqualTo(true);
        assertThat(run(HostOp.IS_COMPLEX, tensor)).isEqualTo(false);
        assertThat(run(HostOp.IS_COMPLEX, new Sample(DType.COMPLEX64, "unused")))
                .isEqualTo(true);
        assertThat(run(HostOp.NUMEL, new Sample(DType.INT8, "unused"))).isEqualTo(1L);
        assertThat(tensor.reads).as("reads of the data").isZero();
    }

    @Test
    void aDimensionThatIsNotThereIsTheModelsError() {
        assertThatThrownBy(() -> run(HostOp.SIZE, new Sample(DType.INT64, 0L, 2, 3), 2L))
                .isInstanceOf(ModelRaisedException.class)
                .hasMessage("host.size: a tensor of sizes [2, 3] has no dimension 2")
                .extracting(e -> ((ModelRaisedException) e).pythonType())
                .isEqualTo("IndexError");
    }

    @Test
    void dataOfATensor() throws Exception {
        assertThat(run(HostOp.ITEM, new Sample(DType.INT32, 7L, 1, 1))).isEqualTo(7L);
        assertThat(run(HostOp.TOLIST, new Sample(DType.INT32, List.of(1L, 2L), 2)))
                .isEqualTo(List.of(1L, 2L));
        assertThatThrownBy(() -> run(HostOp.ITEM, new Sample(DType.INT32, 7L, 2, 3)))
                .hasMessage("host.item: a tensor of sizes [2, 3] has 6 elements, expected one");
    }

    @Test
    void aTensorOfOneElementConverts() throws Exception {
        Sample half = new Sample(DType.FLOAT32, 2.5, 1);

        assertThat(run(HostOp.INT, half)).isEqualTo(2L);
        assertThat(run(HostOp.FLOAT, half)).isEqualTo(2.5);
        assertThat(run(HostOp.BOOL, half)).isEqualTo(true);
        assertThat(run(HostOp.NOT, half)).isEqualTo(false);
        assertThat(run(HostOp.SELECT, half, "yes", "no")).isEqualTo("yes");
    }

    @Test
    void tensorsAreNoNumbers() {
        Sample tensor = new Sample(DType.FLOAT32, 2.5, 1);

        assertThatThrownBy(() -> run(HostOp.ADD, tensor, 1L))
                .hasMessage("host.add: expected an integer, found Tensor tensor(float32[1])");
        assertThatThrownBy(() -> run(HostOp.EQ, tensor, new Sample(DType.FLOAT32, 2.5, 1)))
                .hasMessageContaining("tensors cannot be compared on the host");
        assertThatThrownBy(() -> run(HostOp.RANK, 5L)).hasMessage("host.rank: expected a tensor, found int 5");
    }

    @Test
    void tensorsInContainers() throws Exception {
        Sample tensor = new Sample(DType.FLOAT32, 2.5, 2);
        Object list = run(HostOp.LIST, Arrays.asList(tensor, null));

        assertThat(run(HostOp.GET, list, 0L)).isSameAs(tensor);
        assertThat(run(HostOp.CONTAINS, list, tensor)).isEqualTo(true);
        assertThat(run(HostOp.STR, list)).isEqualTo("[tensor(float32[2]), None]");
    }

    @Test
    void elementTypes() throws Exception {
        assertThat(run(HostOp.STR, DType.INT64)).isEqualTo("torch.int64");
        assertThat(run(HostOp.EQ, DType.INT64, DType.INT64)).isEqualTo(true);
        assertThat(run(HostOp.NE, DType.INT64, DType.INT32)).isEqualTo(true);
        assertThat(run(HostOp.EQ, DType.INT64, "torch.int64")).isEqualTo(false);
    }

    @Test
    void identity() throws Exception {
        Object list = List.of(1L);

        assertThat(run(HostOp.IS, null, null)).isEqualTo(true);
        assertThat(run(HostOp.IS, list, null)).isEqualTo(false);
        assertThat(run(HostOp.IS, list, list)).isEqualTo(true);
        assertThat(run(HostOp.IS, list, new java.util.ArrayList<>(List.of(1L))))
                .as("another list with the same elements")
                .isEqualTo(false);
        assertThat(run(HostOp.IS, true, true)).isEqualTo(true);
        assertThat(run(HostOp.IS, 1L, 1.0)).isEqualTo(false);
        assertThat(run(HostOp.IS, DType.BOOL, DType.BOOL)).isEqualTo(true);
    }

    @Test
    void unpacksAsManyAsAreWanted() throws Exception {
        assertThat(HostCalls.evaluate(HostOp.UNPACK, 3, HostCalls.tuple(Arrays.asList(1L, null, "x"))))
                .containsExactly(1L, null, "x");
        assertThatThrownBy(() -> HostCalls.evaluate(HostOp.UNPACK, 3, List.of(1L)))
                .hasMessage("host.unpack: expected 3 elements to unpack, found 1 in [1]");
    }

    @Test
    void raises() {
        assertThatThrownBy(() -> run(HostOp.RAISE, "sizes must be even", "ValueError"))
                .isInstanceOf(ModelRaisedException.class)
                .hasMessage("sizes must be even")
                .extracting(e -> ((ModelRaisedException) e).pythonType())
                .isEqualTo("ValueError");
        assertThatThrownBy(() -> run(HostOp.RAISE, 5L, null))
                .hasMessage("5")
                .extracting(e -> ((ModelRaisedException) e).pythonType())
                .isEqualTo("RuntimeError");
    }

    @Test
    void unwraps() throws Exception {
        assertThat(run(HostOp.UNWRAP, 0L, "unused")).isEqualTo(0L);
        assertThatThrownBy(() -> run(HostOp.UNWRAP, null, "the state is not there"))
                .isInstanceOf(ModelRaisedException.class)
                .hasMessage("the state is not there");
    }

    @Test
    void containersAreNotChangedByWhoMadeThem() throws Exception {
        List<Object> source = new java.util.ArrayList<>(List.of(1L, 2L));
        Object list = run(HostOp.LIST, source);
        Object longer = run(HostOp.APPEND, list, 3L);
        source.clear();

        assertThat(list).isEqualTo(List.of(1L, 2L));
        assertThat(longer).isEqualTo(List.of(1L, 2L, 3L));
    }

    @Test
    void aLongRangeTakesNoRoom() throws Exception {
        Object range = run(HostOp.RANGE, null, 2_000_000_000L, null);

        assertThat(run(HostOp.LEN, range)).isEqualTo(2_000_000_000L);
        assertThat(run(HostOp.GET, range, -1L)).isEqualTo(1_999_999_999L);
        assertThatThrownBy(() -> run(HostOp.RANGE, Long.MIN_VALUE, Long.MAX_VALUE, 1L))
                .hasMessageContaining("a range of more than");
    }

    @Test
    void repetitionIsBounded() {
        assertThatThrownBy(() -> run(HostOp.MUL, List.of(1L, 2L), 1L << 40))
                .hasMessageContaining("a sequence of more than 100000000 elements");
    }

    @Test
    void wantsAllOperands() {
        assertThatThrownBy(() -> run(HostOp.ADD, 1L))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("host.add.default takes [left, right], found 1 operands");
    }
}
