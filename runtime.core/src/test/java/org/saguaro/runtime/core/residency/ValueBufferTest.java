// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.residency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.model.api.DType;

@Timeout(60)
class ValueBufferTest {

    private static final int BYTES = 8;

    private final CountingMemory memory = new CountingMemory("dev0");
    private final MemoryDomain device = new MemoryDomain(memory);
    private final CountingMemory otherMemory = new CountingMemory("dev1");
    private final MemoryDomain otherDevice = new MemoryDomain(otherMemory);
    private final ValueBuffer value = new ValueBuffer(DType.UINT8);

    @AfterEach
    void close() {
        value.close();
    }

    /** Writes and publishes a value as a kernel on the device would. */
    private void produceOn(MemoryDomain domain, int content) throws AccelException {
        TensorBuffer target = value.writable(domain);
        target.resize(2, 4);
        if (domain == MemoryDomain.HOST) {
            for (int i = 0; i < BYTES; i++) {
                target.host().bytes().put(i, (byte) content);
            }
        } else {
            CountingMemory.fill(target.storage(), content);
        }
        value.publish(domain);
    }

    private int readOn(MemoryDomain domain) throws AccelException, TensorLostException {
        TensorBuffer found = value.readable(domain);
        assertThat(found.sizes()).containsExactly(2, 4);
        assertThat(found.memory()).isSameAs(domain.memory());
        return domain == MemoryDomain.HOST ? found.host().bytes().get(0) : CountingMemory.first(found.storage());
    }

    @Test
    void whatIsThereIsNotCopied() throws Exception {
        produceOn(MemoryDomain.HOST, 3);
        assertThat(readOn(MemoryDomain.HOST)).isEqualTo(3);
        produceOn(device, 4);
        assertThat(readOn(device)).isEqualTo(4);
        assertThat(memory.uploads.get() + memory.downloads.get()).as("copies").isZero();
    }

    @Test
    void aReplicaIsMadeOnceAndKept() throws Exception {
        produceOn(MemoryDomain.HOST, 5);
        for (int i = 0; i < 3; i++) {
            assertThat(readOn(device)).isEqualTo(5);
            assertThat(readOn(MemoryDomain.HOST)).isEqualTo(5);
        }
        assertThat(memory.uploads).hasValue(1);
        assertThat(memory.downloads).hasValue(0);
    }

    @Test
    void fromDeviceToDeviceByWayOfTheHost() throws Exception {
        produceOn(device, 6);
        assertThat(readOn(otherDevice)).isEqualTo(6);
        assertThat(memory.downloads).hasValue(1);
        assertThat(otherMemory.uploads).hasValue(1);
        assertThat(readOn(MemoryDomain.HOST)).isEqualTo(6);
        assertThat(memory.downloads)
                .as("downloads, the host having a replica already")
                .hasValue(1);
    }

    @Test
    void writingAnewInvalidatesEveryReplica() throws Exception {
        produceOn(device, 1);
        readOn(MemoryDomain.HOST);
        readOn(otherDevice);

        produceOn(otherDevice, 2);

        assertThat(readOn(MemoryDomain.HOST)).isEqualTo(2);
        assertThat(readOn(device)).isEqualTo(2);
    }

    @Test
    void nothingIsReadableBetweenWritableAndPublish() throws Exception {
        produceOn(MemoryDomain.HOST, 1);
        value.writable(device).resize(2, 4);
        assertThatThrownBy(() -> value.readable(MemoryDomain.HOST)).isInstanceOf(TensorLostException.class);
    }

    @Test
    void memoryIsUsedAgain() throws Exception {
        produceOn(device, 1);
        TensorBuffer first = value.readable(device);
        produceOn(device, 2);
        assertThat(value.readable(device)).isSameAs(first);
        assertThat(memory.openBlocks).hasValue(1);
    }

    @Test
    void whatWasOnlyInALostMemoryIsLost() throws Exception {
        produceOn(device, 1);
        device.lose();
        assertThatThrownBy(() -> value.readable(MemoryDomain.HOST))
                .isInstanceOf(TensorLostException.class)
                .hasMessageContaining("lost with its device's memory");
        assertThatThrownBy(() -> value.readable(device)).isInstanceOf(TensorLostException.class);
    }

    @Test
    void whatHasAnotherReplicaSurvives() throws Exception {
        produceOn(device, 7);
        readOn(MemoryDomain.HOST);
        device.lose();
        assertThat(readOn(MemoryDomain.HOST)).isEqualTo(7);
        assertThat(readOn(otherDevice)).isEqualTo(7);
        MemoryDomain back = new MemoryDomain(memory);
        assertThat(readOn(back))
                .as("in the memory of the device that came back")
                .isEqualTo(7);
    }

    @Test
    void aLostMemoryTakesNoCopies() throws Exception {
        produceOn(MemoryDomain.HOST, 1);
        device.lose();
        assertThatThrownBy(() -> value.readable(device))
                .isInstanceOf(TensorLostException.class)
                .hasMessageContaining("dev0");
        assertThat(memory.uploads).hasValue(0);
    }

    @Test
    void whatIsPublishedInALostMemoryCannotBeRead() throws Exception {
        value.writable(device).resize(2, 4);
        device.lose();
        value.publish(device);
        assertThatThrownBy(() -> value.readable(MemoryDomain.HOST)).isInstanceOf(TensorLostException.class);
    }

    @Test
    void aCopyThatFailsLeavesTheSourceAndNoReplica() throws Exception {
        produceOn(MemoryDomain.HOST, 8);
        memory.failing = true;
        assertThatThrownBy(() -> value.readable(device)).isInstanceOf(AccelException.class);
        assertThat(value.transferNanos(device)).as("expected transfer").isPositive();
        memory.failing = false;
        assertThat(readOn(device)).isEqualTo(8);
        assertThat(memory.uploads).as("uploads tried").hasValue(2);
    }

    @Test
    void transfersAreExpectedWhereTheyAreNeeded() throws Exception {
        assertThat(value.transferNanos(device)).as("before anything is there").isZero();

        produceOn(MemoryDomain.HOST, 1);
        assertThat(value.transferNanos(MemoryDomain.HOST)).as("host to host").isZero();
        assertThat(value.transferNanos(device)).as("host to device").isPositive();

        produceOn(device, 1);
        long down = value.transferNanos(MemoryDomain.HOST);
        assertThat(down).as("device to host").isPositive();
        assertThat(value.transferNanos(device)).as("device to itself").isZero();
        assertThat(value.transferNanos(otherDevice)).as("device to device").isGreaterThan(down);

        readOn(MemoryDomain.HOST);
        assertThat(value.transferNanos(MemoryDomain.HOST))
                .as("once it is there")
                .isZero();
    }

    @Test
    void largerTensorsAreExpectedToTakeLonger() throws Exception {
        produceOn(MemoryDomain.HOST, 1);
        long few = value.transferNanos(device);
        TensorBuffer target = value.writable(MemoryDomain.HOST);
        target.resize(1 << 20);
        value.publish(MemoryDomain.HOST);
        assertThat(value.transferNanos(device)).isGreaterThan(few);
    }

    @Test
    void closingGivesMemoryBackButForThatOfLostDevices() throws Exception {
        produceOn(device, 1);
        readOn(otherDevice);
        device.lose();

        value.close();

        assertThat(otherMemory.openBlocks).as("blocks in the memory present").hasValue(0);
        assertThat(memory.openBlocks)
                .as("blocks in the lost memory, whose provider is not called any more")
                .hasValue(1);
    }

    @Test
    void hostMemoryIsNeverLost() {
        MemoryDomain.HOST.lose();
        assertThat(MemoryDomain.HOST.isLost()).isFalse();
        assertThat(MemoryDomain.HOST.memory()).isSameAs(HostMemory.get());
    }

    @Test
    void concurrentReadersShareOneCopy() throws Exception {
        int readers = 4;
        ExecutorService threads = Executors.newFixedThreadPool(readers);
        try {
            for (int round = 1; round <= 50; round++) {
                produceOn(MemoryDomain.HOST, round);
                int uploadsBefore = memory.uploads.get();
                CyclicBarrier start = new CyclicBarrier(readers);
                List<Future<Integer>> found = new ArrayList<>();
                for (int i = 0; i < readers; i++) {
                    found.add(threads.submit(() -> {
                        start.await(20, TimeUnit.SECONDS);
                        return CountingMemory.first(value.readable(device).storage());
                    }));
                }
                for (Future<Integer> each : found) {
                    assertThat(get(each)).as("read in round %d", round).isEqualTo(round);
                }
                assertThat(memory.uploads.get() - uploadsBefore)
                        .as("uploads in round %d", round)
                        .isEqualTo(1);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static int get(Future<Integer> future) throws InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw new AssertionError("a reader failed", e);
        }
    }
}
