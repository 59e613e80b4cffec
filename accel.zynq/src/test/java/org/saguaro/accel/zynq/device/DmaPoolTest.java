// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.AccelException.Category;
import org.saguaro.accel.zynq.model.ModelDevice;

/** The allocator of DMA memory. */
class DmaPoolTest {

    private static final int BYTES = 16 * 4096;

    private static DmaPool pool() {
        return new DmaPool("zynq", new ModelDevice(BYTES).memory());
    }

    @Test
    void buffersAreCacheLinesOfTheirOwn() throws Exception {
        DmaPool pool = pool();
        try (DmaBuffer a = pool.allocate(1);
                DmaBuffer b = pool.allocate(65);
                DmaBuffer empty = pool.allocate(0)) {
            assertThat(a.sizeBytes()).isEqualTo(1);
            assertThat(b.physicalAddress()).isEqualTo(a.physicalAddress() + 64);
            assertThat(empty.physicalAddress()).isEqualTo(b.physicalAddress() + 128);
            assertThat(b.bytes().alignmentOffset(0, 64)).isZero();
            assertThat(pool.usage()).isEqualTo(new DmaPool.Usage(BYTES, 256, 256, BYTES - 256, 3, 0));
        }
        assertThat(pool.usage()).isEqualTo(new DmaPool.Usage(BYTES, 0, 256, BYTES, 0, 0));
    }

    @Test
    void exhaustionHasFigures() throws Exception {
        DmaPool pool = pool();
        try (DmaBuffer most = pool.allocate(BYTES - 128)) {
            assertThat(most.pool()).isSameAs(pool);
            assertThat(pool.tryAllocate(129)).isNull();
            AccelException none = catchThrowableOfType(AccelException.class, () -> pool.allocate(200));
            assertThat(none.category()).isEqualTo(Category.RESOURCE_EXHAUSTED);
            assertThat(none)
                    .hasMessage(
                            "zynq: no DMA memory for 200 bytes: 65408 of 65536 are in use by 1 buffers, the largest free range"
                                    + " has 128; enlarge the DMA memory or lower the number of requests in flight");
            assertThat(pool.usage().refusals()).isEqualTo(2);
            assertThat(pool.tryAllocate(Long.MAX_VALUE)).isNull();
        }
    }

    @Test
    void closingTwiceFreesOnce() throws Exception {
        DmaPool pool = pool();
        DmaBuffer a = pool.allocate(64);
        a.close();
        DmaBuffer b = pool.allocate(64);
        a.close();
        assertThat(pool.usage().buffers()).isEqualTo(1);
        b.close();
    }

    @Test
    void rangesOutsideABufferAreRefused() throws Exception {
        try (DmaBuffer buffer = pool().allocate(100)) {
            assertThatThrownBy(() -> buffer.syncForDevice(90, 11)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> buffer.syncForCpu(-1, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    /** Buffers never overlap, whatever comes and goes, and in the end the memory is in one piece again. */
    @Property(tries = 100)
    void buffersNeverOverlap(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        DmaPool pool = pool();
        List<DmaBuffer> live = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            DmaBuffer buffer = random.nextInt(5) < 3 ? pool.tryAllocate(random.nextInt(6000)) : null;
            if (buffer != null) {
                for (DmaBuffer other : live) {
                    assertThat(buffer.physicalAddress() >= other.physicalAddress() + other.sizeBytes()
                                    || other.physicalAddress() >= buffer.physicalAddress() + buffer.sizeBytes())
                            .as(
                                    "%x+%d beside %x+%d",
                                    buffer.physicalAddress(),
                                    buffer.sizeBytes(),
                                    other.physicalAddress(),
                                    other.sizeBytes())
                            .isTrue();
                }
                live.add(buffer);
            } else if (!live.isEmpty()) {
                live.remove(random.nextInt(live.size())).close();
            }
            assertThat(pool.usage().buffers()).isEqualTo(live.size());
        }
        live.forEach(DmaBuffer::close);
        assertThat(pool.usage().largestFreeBytes()).isEqualTo(BYTES);
    }

    @Test
    void threadsDoNotGetTheSameMemory() throws Exception {
        DmaPool pool = pool();
        int threads = 4;
        ExecutorService workers = Executors.newFixedThreadPool(threads);
        List<Future<Boolean>> results = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            int mark = t;
            results.add(workers.submit(() -> {
                boolean intact = true;
                for (int i = 0; i < 2_000; i++) {
                    try (DmaBuffer buffer = pool.allocate(256)) {
                        buffer.bytes().putInt(0, mark).putInt(252, i);
                        intact &= buffer.bytes().getInt(0) == mark
                                && buffer.bytes().getInt(252) == i;
                    }
                }
                return intact;
            }));
        }
        for (Future<Boolean> result : results) {
            assertThat(result.get()).as("every thread sees what it wrote").isTrue();
        }
        workers.shutdown();
        assertThat(pool.usage().usedBytes()).isZero();
    }
}
