// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.saguaro.accel.zynq.device.DeviceException;

/** Loading, with a manager that a thread plays. */
@Timeout(60)
class FpgaManagerTest {

    private static final byte[] BITSTREAM = "bits and bits".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    @TempDir
    Path root;

    private final FaultyCalls calls = new FaultyCalls();
    private FakeBoard board;
    private Path bitstream;

    @BeforeEach
    void board() throws Exception {
        board = new FakeBoard(root);
        bitstream = board.path("overlays/mix.bit.bin");
        Files.createDirectories(bitstream.getParent());
        Files.write(bitstream, BITSTREAM);
    }

    private void load() throws DeviceException {
        load(TimeUnit.SECONDS.toNanos(50));
    }

    private void load(long timeoutNanos) throws DeviceException {
        new FpgaManager(board.settings(), new SystemFiles(calls)).load(bitstream, new Deadline(timeoutNanos));
    }

    @Test
    void copiesTheFileNamesItAndWaitsUntilItOperates() throws Exception {
        try (FakeFpgaManager manager = new FakeFpgaManager(
                board, name -> List.of("firmware request", "write init", "write", "write complete", "operating"))) {
            load();
            assertThat(manager.loaded()).containsExactly("mix.bit.bin");
            assertThat(manager.flags()).startsWith("0");
            assertThat(Files.readAllBytes(board.path("lib/firmware/mix.bit.bin")))
                    .isEqualTo(BITSTREAM);
            assertThat(board.path("lib/firmware")).isDirectoryNotContaining("glob:**.new");
        }
    }

    @Test
    void whatIsInTheFirmwareFolderAlreadyIsNotTouched() throws Exception {
        try (FakeFpgaManager manager = new FakeFpgaManager(board, name -> List.of("operating"))) {
            calls.manager = manager;
            Path installed = board.path("lib/firmware/mix.bit.bin");
            Files.move(bitstream, installed);
            var before = Files.getLastModifiedTime(installed);
            load();
            assertThat(Files.getLastModifiedTime(installed)).isEqualTo(before);
            Files.write(bitstream, new byte[64]);
            load();
            assertThat(Files.size(installed))
                    .as("the overlay's own file goes before")
                    .isEqualTo(64);
            assertThat(manager.loaded()).hasSize(2);
        }
    }

    @Test
    void anErrorStateEndsTheWait() throws Exception {
        try (FakeFpgaManager manager = new FakeFpgaManager(board, name -> List.of("write init", "write init error"))) {
            assertThatThrownBy(this::load)
                    .isInstanceOf(DeviceException.class)
                    .hasMessageContaining("fpga0/state: found 'write init error' after loading")
                    .hasMessageContaining("expected operating");
            assertThat(manager.loaded()).hasSize(1);
        }
    }

    @Test
    void aManagerThatNeverOperatesEndsWithTheTime() throws Exception {
        try (FakeFpgaManager manager = new FakeFpgaManager(board, name -> List.of("write"))) {
            assertThatThrownBy(() -> load(TimeUnit.MILLISECONDS.toNanos(20)))
                    .hasMessageContaining("expected operating; waited 20 ms");
            assertThat(manager.loaded()).hasSize(1);
        }
    }

    @Test
    void aRefusedWriteSaysWhatTheStateIs() throws Exception {
        try (FakeFpgaManager manager = new FakeFpgaManager(board, name -> List.of("operating"))) {
            calls.refuse(board.path("sys/class/fpga_manager/fpga0/firmware"), Errno.EACCES);
            assertThatThrownBy(this::load)
                    .hasMessageContaining("fpga0/firmware: cannot be opened for writing: EACCES (Permission denied)")
                    .hasMessageContaining("the FPGA manager's state is 'unknown'");
            assertThat(manager.loaded()).isEmpty();
        }
    }

    @Test
    void aKernelThatCannotLoadIsNamed() throws Exception {
        assertThatThrownBy(this::load)
                .hasMessageContaining("sys/class/fpga_manager: found no FPGA manager")
                .hasMessageContaining("CONFIG_FPGA_MGR_ZYNQMP_FPGA");
        board.file("sys/class/fpga_manager/fpga0/state", "operating\n");
        assertThatThrownBy(this::load)
                .as("mainline has no such file")
                .hasMessageContaining("fpga0/flags: cannot be opened for writing: ENOENT")
                .hasMessageContaining("loaded=true");
    }

    @Test
    void filesThatAreNoBitstreamsAreRefusedBeforeAnythingIsLoaded() throws Exception {
        try (FakeFpgaManager manager = new FakeFpgaManager(board, name -> List.of("operating"))) {
            Files.write(bitstream, new byte[] {0, 9, 0x0f, (byte) 0xf0, 0x0f, (byte) 0xf0});
            assertThatThrownBy(this::load).hasMessageContaining("found a .bit with its header, expected the .bit.bin");
            Files.write(bitstream, new byte[2]);
            assertThatThrownBy(this::load).hasMessageContaining("found 2 bytes, expected a bitstream");
            Files.delete(bitstream);
            assertThatThrownBy(this::load)
                    .hasMessageContaining(
                            "found no bitstream there and none at " + board.path("lib/firmware/mix.bit.bin"));
            assertThat(manager.loaded()).isEmpty();
        }
    }
}
