// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.saguaro.accel.api.contract.DeviceMemoryContract;

class HostMemoryTest extends DeviceMemoryContract {

    @Override
    protected DeviceMemory memory() {
        return HostMemory.get();
    }

    @Override
    protected long allocatedBytes() {
        return HostMemory.get().allocatedBytes();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 63, 64, 65, 1000, 100_003})
    void buffersAreWhatTheirDocumentationSays(int size) throws AccelException {
        try (HostBuffer buffer = HostMemory.get().allocate(size)) {
            ByteBuffer bytes = buffer.bytes();

            assertThat(buffer.sizeBytes()).as("sizeBytes").isEqualTo(size);
            assertThat(bytes.capacity()).as("capacity").isEqualTo(size);
            assertThat(bytes.limit()).as("limit").isEqualTo(size);
            assertThat(bytes.isDirect()).as("direct").isTrue();
            assertThat(bytes.order()).as("byte order").isEqualTo(ByteOrder.LITTLE_ENDIAN);
            assertThat(bytes.alignmentOffset(0, HostMemory.ALIGNMENT_BYTES))
                    .as("distance of the start from a multiple of 64")
                    .isZero();
            assertThat(buffer.bytes()).as("second call").isSameAs(bytes);
        }
    }

    @Test
    void countsTheBytesAskedFor() throws AccelException {
        long before = HostMemory.get().allocatedBytes();
        try (HostBuffer buffer = HostMemory.get().allocate(12_345)) {
            assertThat(HostMemory.get().allocatedBytes())
                    .as("bytes with %s allocated", buffer.sizeBytes())
                    .isEqualTo(before + 12_345);
        }
        assertThat(HostMemory.get().allocatedBytes()).as("bytes after close").isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, Integer.MAX_VALUE, 1L << 40})
    void refusesWhatNoBufferCanHold(long size) {
        assertThatExceptionOfType(AccelException.class)
                .isThrownBy(() -> HostMemory.get().allocate(size).close())
                .withMessageContaining(String.valueOf(size))
                .extracting(AccelException::category)
                .isEqualTo(AccelException.Category.RESOURCE_EXHAUSTED);
    }

    @Test
    void isTheHostSpace() {
        assertThat(HostMemory.get().space()).isEqualTo(MemorySpace.HOST).hasToString("host");
    }
}
