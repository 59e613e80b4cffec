// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.DeviceBuffer;
import org.saguaro.accel.api.DeviceMemory;
import org.saguaro.accel.api.HostBuffer;
import org.saguaro.accel.api.HostMemory;

/** What every {@link DeviceMemory} must do. {@link ProcessingElementContract} includes it. */
public abstract class DeviceMemoryContract {

    private static final long ABSURD_BYTES = 1L << 60;

    /** The memory under test. */
    protected abstract DeviceMemory memory();

    /** Bytes of it in use. */
    protected abstract long allocatedBytes();

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 64, 65, 4097, 4 * 1024 * 1024 + 1})
    void givesBackTheBytesItWasGiven(int size) throws AccelException {
        try (HostBuffer source = randomBytes(size, 1);
                HostBuffer target = randomBytes(size, 2);
                DeviceBuffer device = memory().allocate(size)) {
            assertThat(device.sizeBytes()).as("usable bytes").isGreaterThanOrEqualTo(size);

            memory().upload(source, device, size);
            memory().download(device, target, size);

            byte[] random = new byte[size];
            new Random(1).nextBytes(random);
            assertThat(contents(target)).as("bytes after the round trip").isEqualTo(random);
            assertThat(contents(source)).as("bytes of the source").isEqualTo(random);
        }
    }

    @Test
    void copiesOnlyTheBytesAskedFor() throws AccelException {
        try (HostBuffer first = randomBytes(100, 1);
                HostBuffer second = randomBytes(100, 2);
                HostBuffer target = randomBytes(100, 3);
                DeviceBuffer device = memory().allocate(100)) {
            memory().upload(first, device, 100);
            memory().upload(second, device, 37);
            byte[] beyond = contents(target);
            memory().download(device, target, 71);

            byte[] expected = beyond.clone();
            System.arraycopy(contents(first), 0, expected, 0, 71);
            System.arraycopy(contents(second), 0, expected, 0, 37);
            assertThat(contents(target))
                    .as("37 bytes of the second upload, the first one's up to 71, its own after that")
                    .isEqualTo(expected);
        }
    }

    @Test
    void keepsItsBuffersApart() throws AccelException {
        try (HostBuffer first = randomBytes(1000, 1);
                HostBuffer second = randomBytes(1000, 2);
                HostBuffer target = randomBytes(1000, 3);
                DeviceBuffer a = memory().allocate(1000);
                DeviceBuffer b = memory().allocate(1000)) {
            memory().upload(first, a, 1000);
            memory().upload(second, b, 1000);
            memory().download(a, target, 1000);
            assertThat(contents(target)).as("bytes of the first buffer").isEqualTo(contents(first));
        }
    }

    @Test
    void saysWhenThereIsNoRoomAndGoesOn() throws AccelException {
        long before = allocatedBytes();

        assertThatExceptionOfType(AccelException.class)
                .isThrownBy(() -> memory().allocate(ABSURD_BYTES).close())
                .satisfies(e -> assertThat(e.category())
                        .as("category of: %s", e.getMessage())
                        .isEqualTo(AccelException.Category.RESOURCE_EXHAUSTED))
                .satisfies(e ->
                        assertThat(e.getMessage()).as("message, with figures").contains(String.valueOf(ABSURD_BYTES)));

        assertThat(allocatedBytes()).as("bytes allocated after the refusal").isLessThanOrEqualTo(before);
        givesBackTheBytesItWasGiven(64);
    }

    @Test
    void countsWhatIsClosedOnce() throws AccelException {
        long before = allocatedBytes();
        DeviceBuffer first = memory().allocate(1000);
        DeviceBuffer second = memory().allocate(1000);
        long both = allocatedBytes();
        assertThat(both).as("bytes allocated with two buffers of 1000").isGreaterThan(before);

        first.close();
        long one = allocatedBytes();
        first.close();

        assertThat(one).as("bytes allocated after the first buffer was closed").isLessThan(both);
        assertThat(allocatedBytes()).as("bytes allocated after a second close").isEqualTo(one);
        second.close();
        assertThat(allocatedBytes()).as("bytes allocated in the end").isLessThanOrEqualTo(before);
    }

    @Test
    void servesTwoThreads() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Future<?> first = threads.submit(this::allocateAndCopy);
            Future<?> second = threads.submit(this::allocateAndCopy);
            Worker.await(first);
            Worker.await(second);
        } finally {
            threads.shutdownNow();
        }
    }

    private Void allocateAndCopy() throws AccelException {
        for (int i = 0; i < 200; i++) {
            givesBackTheBytesItWasGiven(1 + 37 * i);
        }
        return null;
    }

    private static HostBuffer randomBytes(int size, long seed) throws AccelException {
        byte[] random = new byte[size];
        new Random(seed).nextBytes(random);
        HostBuffer buffer = HostMemory.get().allocate(size);
        buffer.bytes().put(0, random);
        return buffer;
    }

    private static byte[] contents(HostBuffer buffer) {
        byte[] contents = new byte[Math.toIntExact(buffer.sizeBytes())];
        ByteBuffer bytes = buffer.bytes();
        bytes.get(0, contents);
        return contents;
    }
}
