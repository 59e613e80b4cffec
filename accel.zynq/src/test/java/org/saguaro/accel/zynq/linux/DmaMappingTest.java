// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.saguaro.accel.zynq.device.DeviceException;

/** u-dma-buf in a tree of files: the buffer is a mapped file, sync commands are what the sync files hold afterwards. */
@Timeout(60)
class DmaMappingTest {

    @TempDir
    Path root;

    private final FaultyCalls calls = new FaultyCalls();

    private String command(String file) throws Exception {
        return Files.readString(root.resolve("sys/class/u-dma-buf/saguaro").resolve(file));
    }

    @Test
    void isWhatTheDriverSaysAndSharedWithTheDevice() throws Exception {
        FakeBoard board = FakeBoard.withMemory(root);
        try (DmaMapping memory = DmaMapping.open(board.settings(), calls)) {
            assertThat(memory.physicalAddress()).isEqualTo(FakeBoard.PHYSICAL);
            ByteBuffer bytes = memory.bytes();
            assertThat(bytes.isDirect()).isTrue();
            assertThat(bytes.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
            assertThat(bytes.capacity()).isEqualTo(FakeBoard.MEMORY_BYTES);
            assertThat(bytes.alignmentOffset(0, 4096)).isZero();
            bytes.putInt(FakeBoard.MEMORY_BYTES - 4, 0x01020304);
            assertThat(Files.readAllBytes(board.path("dev/saguaro"))).endsWith(4, 3, 2, 1);
        }
    }

    @Test
    void theDriversOldNameIsFoundToo() throws Exception {
        FakeBoard board = new FakeBoard(root);
        board.memory("udmabuf", "saguaro", 0x1e90_0000L, 4096);
        try (DmaMapping memory = DmaMapping.open(board.settings(), calls)) {
            assertThat(memory.physicalAddress()).isEqualTo(0x1e90_0000L);
        }
    }

    @Test
    void syncCommandsHaveRangeAndDirectionInOneWrite() throws Exception {
        FakeBoard board = FakeBoard.withMemory(root);
        try (DmaMapping memory = DmaMapping.open(board.settings(), calls)) {
            memory.syncForDevice(0x1000, 0x200);
            assertThat(command("sync_for_device")).isEqualTo("0x0000100000000205");
            assertThat(command("sync_for_cpu")).isEmpty();
            memory.syncForCpu(0x2000, 0x40);
            assertThat(command("sync_for_cpu")).isEqualTo("0x0000200000000049");
            memory.syncForDevice(0, FakeBoard.MEMORY_BYTES);
            assertThat(command("sync_for_device")).isEqualTo("0x0000000000010005");
        }
    }

    @Test
    void rangesGrowToWhatACommandCanSay() throws Exception {
        FakeBoard board = FakeBoard.withMemory(root);
        try (DmaMapping memory = DmaMapping.open(board.settings(), calls)) {
            memory.syncForCpu(0x2009, 0x10);
            assertThat(command("sync_for_cpu")).isEqualTo("0x0000200000000029");
            memory.syncForCpu(FakeBoard.MEMORY_BYTES - 1, 1);
            assertThat(command("sync_for_cpu")).isEqualTo("0x0000fff000000019");
            memory.syncForCpu(0x3000, 0);
            assertThat(command("sync_for_cpu")).as("nothing to do").isEqualTo("0x0000fff000000019");
            assertThatThrownBy(() -> memory.syncForCpu(FakeBoard.MEMORY_BYTES - 8, 9))
                    .isInstanceOf(IndexOutOfBoundsException.class)
                    .hasMessageContaining("9 bytes at 65528 in a memory of 65536");
        }
    }

    @Test
    void coherentPortsNeedNoCommands() throws Exception {
        FakeBoard board = FakeBoard.withMemory(root);
        try (DmaMapping memory = DmaMapping.open(board.settings().withCoherent(true), calls)) {
            memory.syncForDevice(0, 4096);
            assertThat(command("sync_for_device")).isEmpty();
        }
    }

    @Test
    void aCommandThatIsRefusedOrCutShortIsAnError() throws Exception {
        FakeBoard board = FakeBoard.withMemory(root);
        try (DmaMapping memory = DmaMapping.open(board.settings(), calls)) {
            calls.writeLimit = 5;
            assertThatThrownBy(() -> memory.syncForDevice(0x1000, 64))
                    .isInstanceOf(DeviceException.class)
                    .hasMessageContaining("sync_for_device: refused 0x100000000045 after 5 bytes: EIO");
        }
    }

    @Test
    void partOfTheMemoryIsEnoughAndMoreThanThereIsIsRefused() throws Exception {
        FakeBoard board = FakeBoard.withMemory(root);
        try (DmaMapping memory = DmaMapping.open(board.settings().withMemory("saguaro", 8192), calls)) {
            assertThat(memory.bytes().capacity()).isEqualTo(8192);
        }
        assertThatThrownBy(() -> DmaMapping.open(board.settings().withMemory("saguaro", 1 << 20), calls))
                .hasMessageContaining("u-dma-buf/saguaro/size: found 65536 bytes")
                .hasMessageContaining("expected the 1048576 of memory.bytes");
    }

    @Test
    void wrongSizesAndAddressesAreNamed() throws Exception {
        FakeBoard board = FakeBoard.withMemory(root);
        String folder = "sys/class/u-dma-buf/saguaro/";
        for (String size : new String[] {"0", "4095"}) {
            board.file(folder + "size", size);
            assertThatThrownBy(() -> DmaMapping.open(board.settings(), calls))
                    .hasMessageContaining("size: found " + size + " bytes")
                    .hasMessageContaining("expected 4096 at least");
        }
        board.file(folder + "size", "many");
        assertThatThrownBy(() -> DmaMapping.open(board.settings(), calls))
                .hasMessageContaining("size: found 'many', expected a number");
        board.file(folder + "size", "8192").file(folder + "phys_addr", "0x60000010");
        assertThatThrownBy(() -> DmaMapping.open(board.settings(), calls))
                .hasMessageContaining("phys_addr: found 0x60000010, expected a multiple of 4096");
        assertThat(calls.openDescriptors).hasValue(0);
    }

    @Test
    void whatIsMissingIsNamedWithWhatThereIs() throws Exception {
        FakeBoard board = new FakeBoard(root);
        assertThatThrownBy(() -> DmaMapping.open(board.settings(), calls))
                .hasMessageContaining("sys/class/u-dma-buf/saguaro: found no such buffer and no other")
                .hasMessageContaining("module u-dma-buf is loaded");
        board.memory("u-dma-buf", "udmabuf0", 0x1000, 4096);
        assertThatThrownBy(() -> DmaMapping.open(board.settings(), calls))
                .hasMessageContaining("found no such buffer, but udmabuf0");
        board.memory("u-dma-buf", "saguaro", 0x1000, 4096);
        Files.delete(board.path("dev/saguaro"));
        assertThatThrownBy(() -> DmaMapping.open(board.settings(), calls))
                .hasMessageStartingWith(board.path("dev/saguaro") + ": cannot be opened: ENOENT");
        calls.refuse(board.path("sys/class/u-dma-buf/saguaro/sync_for_cpu"), Errno.EACCES);
        assertThatThrownBy(() -> DmaMapping.open(board.settings(), calls))
                .hasMessageContaining(
                        "sync_for_cpu: cannot be opened for writing: EACCES (Permission denied); run as a member");
        assertThat(calls.openDescriptors).as("nothing stays open").hasValue(0);
    }

    @Test
    void aSecondUserIsKeptOutWhileTheFirstHasIt() throws Exception {
        FakeBoard board = FakeBoard.withMemory(root);
        try (DmaMapping first = DmaMapping.open(board.settings(), calls)) {
            assertThatThrownBy(() -> DmaMapping.open(board.settings(), calls))
                    .hasMessageContaining("dev/saguaro: it is in use");
            first.bytes().put(0, (byte) 1);
        }
    }

    @Test
    void afterClosingTheMemoryStaysForThoseWhoHoldPartOfIt() throws Exception {
        FakeBoard board = FakeBoard.withMemory(root);
        ByteBuffer part = partOfAClosedMapping(board);
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        assertThat(calls.unmapped).hasValue(0);
        assertThat(part.get(0)).isEqualTo((byte) 42);
        assertThatThrownBy(() -> DmaMapping.open(board.settings(), calls))
                .as("what is still read must not be handed out anew")
                .hasMessageContaining("it is in use");
    }

    @Test
    void whenNobodyHoldsAnyOfItItIsUnmapped() throws Exception {
        FakeBoard board = FakeBoard.withMemory(root);
        assertThat(partOfAClosedMapping(board).get(0)).isEqualTo((byte) 42);
        // Opening collects garbage until the former mapping is gone.
        LinuxSettings patient = board.settings().withTimeoutNanos(TimeUnit.SECONDS.toNanos(50));
        try (DmaMapping again = DmaMapping.open(patient, calls)) {
            assertThat(calls.unmapped).hasValue(1);
            assertThat(again.bytes().get(4096)).as("it is the same memory").isEqualTo((byte) 42);
        }
    }

    private ByteBuffer partOfAClosedMapping(FakeBoard board) throws Exception {
        DmaMapping memory = DmaMapping.open(board.settings(), calls);
        ByteBuffer part = memory.bytes().slice(4096, 64);
        part.put(0, (byte) 42);
        memory.close();
        assertThatThrownBy(() -> memory.syncForCpu(0, 64)).hasMessageContaining("the device is closed");
        return part;
    }
}
