// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.junit.jupiter.api.Test;
import org.saguaro.model.api.DType;

class TensorBufferTest {

    private final CountingMemory memory = new CountingMemory();
    private final TensorBuffer tensor = new TensorBuffer(DType.FLOAT32, memory);

    @Test
    void hasNothingAtFirst() {
        assertThat(tensor.elementCount()).as("elements").isZero();
        assertThat(tensor.sizeBytes()).as("bytes").isZero();
        assertThat(tensor.hasSizes(new long[0])).as("whether it is a scalar").isFalse();
        assertThatIllegalStateException().isThrownBy(tensor::storage).withMessageContaining("resize");
    }

    @Test
    void aScalarHasOneElement() throws AccelException {
        tensor.resize();

        assertThat(tensor.rank()).as("rank").isZero();
        assertThat(tensor.elementCount()).as("elements").isEqualTo(1);
        assertThat(tensor.hasSizes(new long[0])).as("whether it is a scalar").isTrue();
        assertThat(tensor.storage().sizeBytes()).as("bytes allocated").isEqualTo(4);
    }

    @Test
    void keepsItsMemoryWhileItSuffices() throws AccelException {
        tensor.resize(4, 5);
        DeviceBuffer first = tensor.storage();
        tensor.resize(20);
        tensor.resize(2, 3);
        tensor.resize(0);

        assertThat(tensor.storage()).as("memory after three smaller sizes").isSameAs(first);
        assertThat(memory.allocations).as("allocations").isEqualTo(1);
        assertThat(tensor.elementCount()).as("elements").isZero();
    }

    @Test
    void closesTheOldMemoryWhenItGrows() throws AccelException {
        tensor.resize(10);
        tensor.resize(3, 4);

        assertThat(tensor.sizes()).as("sizes").containsExactly(3, 4);
        assertThat(tensor.size(1)).as("size of dimension 1").isEqualTo(4);
        assertThat(tensor.sizeBytes()).as("bytes").isEqualTo(48);
        assertThat(memory.open).as("buffers open").isEqualTo(1);
        tensor.close();
        assertThat(memory.open).as("buffers open after close").isZero();
        tensor.close();
        assertThat(memory.open).as("buffers open after a second close").isZero();
    }

    @Test
    void copiesTheSizesItIsGiven() throws AccelException {
        long[] sizes = {2, 3};
        tensor.resize(sizes);
        sizes[0] = 99;
        tensor.sizes()[1] = 99;

        assertThat(tensor.sizes()).as("sizes").containsExactly(2, 3);
    }

    @Test
    void isEmptyAfterAFailedResize() throws AccelException {
        tensor.resize(2);
        memory.full = true;

        assertThatExceptionOfType(AccelException.class).isThrownBy(() -> tensor.resize(100));

        assertThat(tensor.hasSizes(new long[] {2}))
                .as("whether it still has its old sizes")
                .isFalse();
        assertThat(memory.open).as("buffers open").isZero();
        memory.full = false;
        tensor.resize(2);
        assertThat(tensor.storage().sizeBytes())
                .as("bytes allocated afterwards")
                .isEqualTo(8);
    }

    @Test
    void refusesSizesThatNoMemoryHas() {
        assertThatExceptionOfType(AccelException.class)
                .isThrownBy(() -> tensor.resize(1L << 40, 1L << 40))
                .withMessageContaining("1099511627776")
                .extracting(AccelException::category)
                .isEqualTo(AccelException.Category.RESOURCE_EXHAUSTED);
    }

    @Test
    void takesHugeSizesWithoutElements() throws AccelException {
        tensor.resize(1L << 40, 1L << 40, 0);

        assertThat(tensor.sizeBytes()).as("bytes").isZero();
    }

    @Test
    void refusesNegativeSizes() throws AccelException {
        tensor.resize(8);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> tensor.resize(0, -1))
                .withMessageContaining("[0, -1]");
        assertThat(tensor.sizes()).as("sizes").containsExactly(8);
    }

    /** Host memory that can be told to be full. */
    private static final class CountingMemory implements DeviceMemory {
        private int allocations;
        private int open;
        private boolean full;

        @Override
        public MemorySpace space() {
            return new MemorySpace("counting");
        }

        @Override
        public DeviceBuffer allocate(long sizeBytes) throws AccelException {
            if (full) {
                throw new AccelException(AccelException.Category.RESOURCE_EXHAUSTED, "counting: full");
            }
            allocations++;
            open++;
            return new DeviceBuffer() {
                @Override
                public long sizeBytes() {
                    return sizeBytes;
                }

                @Override
                public void close() {
                    open--;
                }
            };
        }

        @Override
        public void upload(HostBuffer source, DeviceBuffer target, long sizeBytes) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void download(DeviceBuffer source, HostBuffer target, long sizeBytes) {
            throw new UnsupportedOperationException();
        }
    }
}
