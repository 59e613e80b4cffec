// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.saguaro.accel.zynq.device.DeviceException;
import org.saguaro.accel.zynq.device.EnginePort;
import org.saguaro.accel.zynq.device.Overlay;
import org.saguaro.accel.zynq.device.Overlay.EngineDescription;
import org.saguaro.accel.zynq.device.Overlay.EngineKind;

/** The whole device on a fake board: memory, overlays, engines. */
@Timeout(60)
class LinuxDeviceTest {

    private static final EngineDescription CONV0 = FakeBoard.engine("conv0", EngineKind.CONV, 0xa000_0000L);
    private static final EngineDescription CONV1 = FakeBoard.engine("conv1", EngineKind.CONV, 0xa001_0000L);
    private static final EngineDescription ZIP0 = FakeBoard.engine("zip0", EngineKind.ZIP, 0xa004_0000L);

    @TempDir
    Path root;

    private FakeBoard board;

    @BeforeEach
    void board() throws Exception {
        board = FakeBoard.withMemory(root);
        for (String name : List.of("mix", "networks")) {
            board.file("overlays/" + name + ".bit.bin", "bits of " + name);
        }
    }

    private Overlay overlay(String name, EngineDescription... engines) {
        return new Overlay(
                name, "", 250_000_000, true, board.path("overlays/" + name + ".bit.bin"), null, 0, List.of(engines));
    }

    private Overlay withTree(Overlay overlay) throws IOException {
        Path tree = board.path("overlays/" + overlay.name() + ".dtbo");
        Files.writeString(tree, "tree of " + overlay.name());
        return new Overlay(
                overlay.name(), "", overlay.clockHz(), true, overlay.bitstream(), tree, 0, overlay.engines());
    }

    private LinuxSettings settings() {
        return board.settings();
    }

    private LinuxDevice open(FakeFpgaManager manager, FaultyCalls calls) throws DeviceException {
        calls.manager = manager;
        return LinuxDevice.open(settings(), calls);
    }

    @Test
    void loadsOpensAndChangesOverlays() throws Exception {
        board.uio(5, CONV0);
        board.uio(2, CONV1);
        board.uio(9, ZIP0);
        try (FakeFpgaManager manager = new FakeFpgaManager(board, name -> List.of("write", "operating"));
                LinuxDevice device = open(manager, new FaultyCalls())) {
            assertThat(device.name()).isEqualTo("fake");
            assertThat(device.memory().physicalAddress()).isEqualTo(FakeBoard.PHYSICAL);
            List<EnginePort> mix = device.load(overlay("mix", CONV0, ZIP0));
            assertThat(mix)
                    .extracting(EnginePort::description)
                    .containsExactly("uio5 (conv0 at 0xa0000000)", "uio9 (zip0 at 0xa0040000)");
            assertThat(device.load(overlay("mix", CONV0, ZIP0)))
                    .as("it is loaded")
                    .isEqualTo(mix);
            List<EnginePort> networks = device.load(overlay("networks", CONV0, CONV1));
            assertThat(networks.get(1).read(0)).isEqualTo(EngineKind.CONV.id());
            assertThatThrownBy(() -> mix.get(0).read(0)).hasMessageContaining("another overlay was loaded");
            assertThat(manager.loaded()).containsExactly("mix.bit.bin", "networks.bit.bin");
        }
    }

    @Test
    void registersAreUnmappedBeforeLoading() throws Exception {
        board.uio(0, CONV0);
        FaultyCalls calls = new FaultyCalls();
        int[] unmapped = new int[2];
        int[] loads = new int[1];
        try (FakeFpgaManager manager = new FakeFpgaManager(board, name -> {
                    unmapped[loads[0]++] = calls.unmapped.get();
                    return List.of("operating");
                });
                LinuxDevice device = open(manager, calls)) {
            device.load(overlay("mix", CONV0));
            device.load(overlay("networks", CONV0));
            assertThat(manager.loaded()).hasSize(2);
            assertThat(unmapped).containsExactly(0, 1);
        }
    }

    @Test
    void anotherDesignThanTheManifestsIsRefusedAndNothingStaysOpen() throws Exception {
        FaultyCalls calls = new FaultyCalls();
        board.uio(0, CONV0);
        MappedByteBuffer zip = board.uio(1, ZIP0);
        zip.putInt(0, EngineKind.FFT.id());
        try (FakeFpgaManager manager = new FakeFpgaManager(board, name -> List.of("operating"));
                LinuxDevice device = open(manager, calls)) {
            int open = calls.openDescriptors.get();
            assertThatThrownBy(() -> device.load(overlay("mix", CONV0, ZIP0)))
                    .isInstanceOf(DeviceException.class)
                    .hasMessageStartingWith(
                            "uio1 (zip0 at 0xa0040000): found id 0x53475646, expected 0x5347565a of zip");
            assertThat(calls.openDescriptors).hasValue(open);
            zip.putInt(0, EngineKind.ZIP.id());
            assertThat(device.load(overlay("mix", CONV0, ZIP0)))
                    .as("the next load begins anew")
                    .hasSize(2);
            assertThat(manager.loaded()).hasSize(2);
        }
    }

    @Test
    void aFailedLoadLeavesAClearState() throws Exception {
        board.uio(0, CONV0);
        try (FakeFpgaManager manager = new FakeFpgaManager(
                        board, name -> List.of(name.startsWith("networks") ? "write error" : "operating"));
                LinuxDevice device = open(manager, new FaultyCalls())) {
            List<EnginePort> mix = device.load(overlay("mix", CONV0));
            assertThatThrownBy(() -> device.load(overlay("networks", CONV0))).hasMessageContaining("'write error'");
            assertThatThrownBy(() -> mix.get(0).read(0)).hasMessageContaining("is closed");
            assertThat(device.load(overlay("mix", CONV0))).hasSize(1);
            assertThat(manager.loaded()).containsExactly("mix.bit.bin", "networks.bit.bin", "mix.bit.bin");
        }
    }

    @Test
    void whatIsLoadedAlreadyIsOpenedAndNotChanged() throws Exception {
        board.uio(0, CONV0);
        try (LinuxDevice device = LinuxDevice.open(settings().withAlreadyLoaded(true))) {
            assertThat(device.load(overlay("mix", CONV0))).hasSize(1);
            assertThatThrownBy(() -> device.load(overlay("networks", CONV0)))
                    .hasMessageContaining("configured with overlay mix before Saguaro started, expected no other");
        }
    }

    /** The kernel's device tree: an overlay's folder has two files, and devices come and go with it. */
    private final class Tree extends FaultyCalls {
        @Override
        public int makeFolder(String path) {
            int answer = super.makeFolder(path);
            try {
                Files.writeString(Path.of(path, "path"), "");
                Files.writeString(Path.of(path, "status"), "unapplied\n");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return answer;
        }

        @Override
        public int close(int descriptor) {
            int answer = super.close(descriptor);
            apply();
            return answer;
        }

        private void apply() {
            Path folder = root.resolve("sys/kernel/config/device-tree/overlays/saguaro-mix");
            try {
                if (Files.exists(folder.resolve("path"))
                        && Files.readString(folder.resolve("path")).equals("mix.dtbo")
                        && !Files.exists(board.path("dev/uio7"))) {
                    Files.writeString(folder.resolve("status"), "applied\n");
                    board.uio(7, CONV0);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public int removeFolder(String path) {
            try {
                Files.delete(Path.of(path, "path"));
                Files.delete(Path.of(path, "status"));
                board.removeUio(7);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return super.removeFolder(path);
        }
    }

    @Test
    void deviceTreesAreAppliedAfterLoadingAndTakenAwayBefore() throws Exception {
        Path overlays = Files.createDirectories(board.path("sys/kernel/config/device-tree/overlays"));
        Files.createDirectories(overlays.resolve("somebody-elses"));
        board.uio(1, CONV1);
        try (FakeFpgaManager manager = new FakeFpgaManager(board, name -> {
                    assertThat(board.path("sys/class/uio/uio7")).doesNotExist();
                    return List.of("operating");
                });
                LinuxDevice device = open(manager, new Tree())) {
            assertThat(device.load(withTree(overlay("mix", CONV0)))).hasSize(1);
            assertThat(overlays.resolve("saguaro-mix/status")).hasContent("applied\n");
            assertThat(board.path("lib/firmware/mix.dtbo")).hasContent("tree of mix");
            assertThat(device.load(overlay("networks", CONV1))).hasSize(1);
            assertThat(overlays.resolve("saguaro-mix")).doesNotExist();
            assertThat(overlays.resolve("somebody-elses")).exists();
            assertThat(manager.loaded()).hasSize(2);
        }
    }

    @Test
    void aDeviceTreeThatMakesNoDevicesEndsWithTheTime() throws Exception {
        Files.createDirectories(board.path("sys/kernel/config/device-tree/overlays"));
        Overlay two = withTree(overlay("mix", CONV0, CONV1));
        try (FakeFpgaManager manager = new FakeFpgaManager(board, name -> List.of("operating"));
                LinuxDevice device = open(manager, new Tree())) {
            assertThatThrownBy(() -> device.load(two))
                    .hasMessageContaining("there is no device named conv1")
                    .hasMessageContaining("waited 300 ms");
            assertThat(manager.loaded()).hasSize(1);
        }
    }

    @Test
    void configfsThatIsMissingOrRefusesIsNamed() throws Exception {
        try (FakeFpgaManager manager = new FakeFpgaManager(board, name -> List.of("operating"));
                LinuxDevice device = open(manager, new FaultyCalls())) {
            assertThatThrownBy(() -> device.load(withTree(overlay("mix", CONV0))))
                    .hasMessageContaining("overlays/saguaro-mix: cannot be made: ENOENT")
                    .hasMessageContaining("CONFIG_OF_CONFIGFS");
            assertThat(manager.loaded()).hasSize(1);
        }
    }

    @Test
    void permissionsAreReportedToThoseWhoAreNotRoot() throws Exception {
        assumeThat(System.getProperty("user.name"))
                .as("root may do everything; FaultyCalls refuses in the other tests")
                .isNotEqualTo("root");
        Files.setPosixFilePermissions(board.path("dev/saguaro"), java.util.Set.of());
        assertThatThrownBy(() -> LinuxDevice.open(settings())).hasMessageContaining("EACCES (Permission denied)");
    }

    @Test
    void aClosedDeviceLoadsNothing() throws Exception {
        LinuxDevice device = LinuxDevice.open(settings());
        device.close();
        device.close();
        assertThatThrownBy(() -> device.load(overlay("mix", CONV0))).hasMessageContaining("fake is closed");
    }

    // --- an engine at work ---

    private static final VarHandle INTS = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int CTRL = 0x10;
    private static final int STATUS = 0x14;
    private static final int IRQ_STATUS = 0x1C;
    private static final int ELEMENTS = 0x44;
    private static final int A = 0x48;
    private static final int RESULT = 0x58;
    private static final int STOP = -1;

    /** An engine of few words: adds 1 to each of so many integers, says so in STATUS, raises its line. */
    private static void engine(MappedByteBuffer page, MappedByteBuffer memory, TerminalUio line) {
        for (int control = (int) INTS.getAcquire(page, CTRL); control != STOP; ) {
            if (control == 1) {
                INTS.setRelease(page, CTRL, 0);
                int source = (int) (page.getLong(A) - FakeBoard.PHYSICAL);
                int target = (int) (page.getLong(RESULT) - FakeBoard.PHYSICAL);
                for (int i = 0; i < page.getInt(ELEMENTS); i++) {
                    memory.putInt(target + 4 * i, memory.getInt(source + 4 * i) + 1);
                }
                page.putInt(IRQ_STATUS, 1);
                INTS.setRelease(page, STATUS, 2);
                line.line(true);
            }
            Thread.onSpinWait();
            control = (int) INTS.getAcquire(page, CTRL);
        }
    }

    @Test
    void aCommandRunsFromRegistersToInterrupt() throws Exception {
        board.describe(3, "zip0", ZIP0.address(), 0x1000, 0);
        MappedByteBuffer page = FakeBoard.page(board.path("registers"));
        page.putInt(0, EngineKind.ZIP.id());
        FaultyCalls calls = new FaultyCalls();
        try (TerminalUio line = new TerminalUio(board.path("dev/uio3"));
                LinuxDevice device = LinuxDevice.open(settings().withAlreadyLoaded(true), calls)) {
            calls.registers = board.path("registers");
            MappedByteBuffer memory = FakeBoard.page(board.path("dev/saguaro"));
            Thread engine = new Thread(() -> engine(page, memory, line), "fake engine");
            engine.start();
            try {
                EnginePort port = device.load(overlay("mix", ZIP0)).get(0);
                ByteBuffer bytes = device.memory().bytes();
                for (int round = 0; round < 20; round++) {
                    bytes.putInt(256, round).putInt(260, 7 * round);
                    device.memory().syncForDevice(256, 8);
                    port.write(ELEMENTS, 2);
                    writeAddress(port, A, FakeBoard.PHYSICAL + 256);
                    writeAddress(port, RESULT, FakeBoard.PHYSICAL + 512);
                    port.write(CTRL, 1);
                    assertThat(port.awaitInterrupt(TimeUnit.SECONDS.toNanos(50)))
                            .isTrue();
                    assertThat(port.read(STATUS)).isEqualTo(2);
                    port.write(STATUS, 0);
                    port.write(IRQ_STATUS, 0);
                    line.line(false);
                    device.memory().syncForCpu(512, 8);
                    assertThat(bytes.getInt(512)).isEqualTo(round + 1);
                    assertThat(bytes.getInt(516)).isEqualTo(7 * round + 1);
                }
            } finally {
                INTS.setRelease(page, CTRL, STOP);
                engine.join();
            }
        }
    }

    private static void writeAddress(EnginePort port, int offset, long address) throws DeviceException {
        port.write(offset, (int) address);
        port.write(offset + 4, (int) (address >>> 32));
    }
}
