// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.saguaro.model.api.DType;

/** Memory that devices offer for tensors. */
class HostArenaTest {

    /** A few bytes, handed out from the front and never given out twice. */
    private static final class SmallArena implements HostArena {
        private final ByteBuffer memory;
        private int used;
        private int open;

        SmallArena(int capacityBytes) {
            ByteBuffer block = ByteBuffer.allocateDirect(capacityBytes + HostMemory.ALIGNMENT_BYTES);
            int start = HostMemory.ALIGNMENT_BYTES - block.alignmentOffset(0, HostMemory.ALIGNMENT_BYTES);
            memory = block.slice(start, capacityBytes);
        }

        @Override
        public synchronized @Nullable HostBuffer tryAllocate(long sizeBytes) {
            int size = Math.toIntExact(sizeBytes);
            int start = (used + HostMemory.ALIGNMENT_BYTES - 1) & -HostMemory.ALIGNMENT_BYTES;
            if (start + size > memory.capacity()) {
                return null;
            }
            used = start + size;
            open++;
            return new Part(this, memory.slice(start, size).order(ByteOrder.LITTLE_ENDIAN));
        }

        synchronized void closed() {
            open--;
        }

        synchronized int open() {
            return open;
        }
    }

    private record Part(SmallArena arena, ByteBuffer bytes) implements HostBuffer {
        @Override
        public long sizeBytes() {
            return bytes.capacity();
        }

        @Override
        public void close() {
            arena.closed();
        }
    }

    /** What is done while an arena is offered. */
    @FunctionalInterface
    private interface Body {
        void run() throws Exception;
    }

    private static void offered(HostArena arena, Body body) throws Exception {
        HostMemory.Offer offer = HostMemory.get().offer(arena);
        try {
            body.run();
        } finally {
            offer.close();
        }
    }

    private static boolean isFrom(SmallArena arena, HostBuffer buffer) {
        return buffer instanceof Part part && part.arena() == arena;
    }

    @Test
    void tensorsComeFromTheArenaUntilItIsFullThenFromTheHeap() throws Exception {
        SmallArena arena = new SmallArena(256);
        long before = HostMemory.get().allocatedBytes();
        offered(arena, () -> {
            try (HostBuffer first = HostMemory.get().allocate(100);
                    HostBuffer second = HostMemory.get().allocate(100);
                    HostBuffer third = HostMemory.get().allocate(100)) {
                assertThat(isFrom(arena, first)).isTrue();
                assertThat(isFrom(arena, second)).isTrue();
                assertThat(isFrom(arena, third)).as("there is no room for it").isFalse();
                assertThat(third.sizeBytes()).isEqualTo(100);
                assertThat(HostMemory.get().allocatedBytes() - before)
                        .as("what the arena gave is the arena's to count")
                        .isEqualTo(100);
                for (HostBuffer buffer : List.of(first, second, third)) {
                    assertThat(buffer.bytes().alignmentOffset(0, HostMemory.ALIGNMENT_BYTES))
                            .isZero();
                    assertThat(buffer.bytes().order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
                }
            }
            assertThat(arena.open()).isZero();
        });
    }

    @Test
    void whatDoesNotFitTakesTheNextArena() throws Exception {
        SmallArena small = new SmallArena(64);
        SmallArena large = new SmallArena(4096);
        offered(
                small,
                () -> offered(large, () -> {
                    try (HostBuffer buffer = HostMemory.get().allocate(1000)) {
                        assertThat(isFrom(large, buffer)).isTrue();
                    }
                }));
    }

    @Test
    void anOfferThatIsTakenBackGivesNothingMore() throws Exception {
        SmallArena arena = new SmallArena(4096);
        HostMemory.Offer offer = HostMemory.get().offer(arena);
        offer.close();
        offer.close();
        try (HostBuffer buffer = HostMemory.get().allocate(16)) {
            assertThat(isFrom(arena, buffer)).isFalse();
        }
    }

    @Test
    void buffersOutliveTheOffer() throws Exception {
        SmallArena arena = new SmallArena(4096);
        TensorBuffer tensor = new TensorBuffer(DType.FLOAT32, HostMemory.get());
        offered(arena, () -> {
            tensor.resize(3);
            tensor.host().bytes().putFloat(8, 1.5f);
        });
        assertThat(isFrom(arena, tensor.host())).isTrue();
        assertThat(tensor.host().bytes().getFloat(8)).isEqualTo(1.5f);
        assertThat(arena.open()).isEqualTo(1);
        tensor.close();
        assertThat(arena.open()).isZero();
    }

    @Test
    void copiesGoBetweenArenaAndHeap() throws Exception {
        SmallArena arena = new SmallArena(4096);
        try (HostBuffer heap = HostMemory.get().allocate(16)) {
            heap.bytes().putLong(8, 42);
            offered(arena, () -> {
                try (HostBuffer device = HostMemory.get().allocate(16)) {
                    assertThat(isFrom(arena, device)).isTrue();
                    HostMemory.get().upload(heap, device, 16);
                    assertThat(device.bytes().getLong(8)).isEqualTo(42);
                    device.bytes().putLong(0, 43);
                    HostMemory.get().download(device, heap, 16);
                    assertThat(heap.bytes().getLong(0)).isEqualTo(43);
                }
            });
        }
    }

    @Test
    void manyThreadsShareAnArena() throws Exception {
        SmallArena arena = new SmallArena(64 * 100);
        offered(arena, () -> {
            List<CompletableFuture<List<HostBuffer>>> threads = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                threads.add(CompletableFuture.supplyAsync(HostArenaTest::fifty));
            }
            long fromArena = 0;
            for (CompletableFuture<List<HostBuffer>> thread : threads) {
                for (HostBuffer buffer : thread.get()) {
                    fromArena += isFrom(arena, buffer) ? 1 : 0;
                    buffer.close();
                }
            }
            assertThat(fromArena).as("of 200").isEqualTo(100);
        });
        assertThat(arena.open()).isZero();
    }

    private static List<HostBuffer> fifty() {
        List<HostBuffer> buffers = new ArrayList<>();
        try {
            for (int i = 0; i < 50; i++) {
                buffers.add(HostMemory.get().allocate(64));
            }
        } catch (AccelException e) {
            throw new IllegalStateException(e);
        }
        return buffers;
    }
}
