// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.MappedByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.saguaro.accel.zynq.device.DeviceException;
import org.saguaro.accel.zynq.device.Overlay.EngineDescription;
import org.saguaro.accel.zynq.device.Overlay.EngineKind;

/** Real system calls on a tree of files: registers are mapped files, interrupts come through a pseudo-terminal. */
@Timeout(60)
class UioPortTest {

    private static final long LONG = TimeUnit.SECONDS.toNanos(50);
    private static final long SHORT = TimeUnit.MILLISECONDS.toNanos(3);
    private static final EngineDescription CONV = FakeBoard.engine("conv0", EngineKind.CONV, FakeBoard.ADDRESS);

    @TempDir
    Path root;

    private FakeBoard board;
    private final FaultyCalls calls = new FaultyCalls();

    @BeforeEach
    void board() throws Exception {
        board = new FakeBoard(root);
    }

    private UioPort open() throws DeviceException {
        return open(true);
    }

    private UioPort open(boolean interrupts) throws DeviceException {
        UioNode node = UioNode.of(CONV, board.settings(), new SystemFiles(calls));
        return UioPort.open(CONV, node, interrupts, calls);
    }

    /** A port whose interrupts the test makes. */
    private UioPort open(TerminalUio uio) throws Exception {
        calls.registers = board.path("registers");
        assertThat(uio.events()).isZero();
        FakeBoard.page(board.path("registers"));
        return open();
    }

    private TerminalUio terminal() throws Exception {
        board.describe(0, "conv0", FakeBoard.ADDRESS, 0x1000, 0);
        return new TerminalUio(board.path("dev/uio0"));
    }

    // --- discovery ---

    @Test
    void isFoundByItsNameWhateverItsNumber() throws Exception {
        board.uio(0, FakeBoard.engine("axi-pmon", EngineKind.FFT, 0xffa00000L));
        board.uio(12, CONV);
        try (UioPort port = open()) {
            assertThat(port.description()).isEqualTo("uio12 (conv0 at 0xa0000000)");
            assertThat(port.read(0)).isEqualTo(EngineKind.CONV.id());
        }
    }

    @Test
    void ofTwoWithOneNameTheAddressDecides() throws Exception {
        board.uio(3, FakeBoard.engine("conv0", EngineKind.CONV, 0xb000_0000L));
        board.uio(4, CONV);
        try (UioPort port = open()) {
            assertThat(port.description()).startsWith("uio4 ");
        }
    }

    @Test
    void ifThereIsNoneSaysWhatThereIs() throws Exception {
        board.uio(0, FakeBoard.engine("axi-pmon", EngineKind.FFT, 0xffa00000L));
        assertThatThrownBy(this::open)
                .isInstanceOf(DeviceException.class)
                .hasMessageStartingWith(board.path("sys/class/uio").toString())
                .hasMessageContaining("no device named conv0, only uio0 'axi-pmon'; expected it at 0xa0000000")
                .hasMessageContaining("modprobe uio_pdrv_genirq");
    }

    @Test
    void withoutUioAtAllSaysSo() {
        assertThatThrownBy(this::open).hasMessageContaining("no device named conv0 and no other");
    }

    @Test
    void anotherAddressThanTheManifestsIsRefused() throws Exception {
        board.uio(0, FakeBoard.engine("conv0", EngineKind.CONV, 0xb000_0000L));
        assertThatThrownBy(this::open)
                .hasMessageContaining("found conv0 at 0xb0000000")
                .hasMessageContaining("expected 0xa0000000");
    }

    @Test
    void garbageInSysfsIsNamed() throws Exception {
        board.uio(0, CONV);
        board.file("sys/class/uio/uio0/maps/map0/addr", "0xqq\u0000\n");
        assertThatThrownBy(this::open)
                .hasMessageStartingWith(
                        board.path("sys/class/uio/uio0/maps/map0/addr").toString())
                .hasMessageContaining("found '0xqq?', expected a number");
        board.file("sys/class/uio/uio0/maps/map0/addr", "");
        assertThatThrownBy(this::open).hasMessageContaining("found '', expected a number");
        board.file("sys/class/uio/uio0/maps/map0/addr", "-1");
        assertThatThrownBy(this::open).hasMessageContaining("found '-1', expected a number");
    }

    @Test
    void aRangeSmallerThanTheRegistersIsRefused() throws Exception {
        board.uio(0, CONV);
        board.describe(0, "conv0", FakeBoard.ADDRESS, 0x800, 0);
        assertThatThrownBy(this::open)
                .hasMessageContaining("found 2048 bytes at offset 0 of a page, expected 4096")
                .hasMessageContaining("reg property");
    }

    @Test
    void aDeviceThatVanishesWhileItIsLookedAtIsNamed() throws Exception {
        board.uio(0, CONV);
        Files.delete(board.path("sys/class/uio/uio0/maps/map0/size"));
        assertThatThrownBy(this::open)
                .hasMessageContaining("maps/map0/size: cannot be opened: ENOENT (No such file or directory)");
        Files.delete(board.path("dev/uio0"));
        board.describe(0, "conv0", FakeBoard.ADDRESS, 0x1000, 0);
        assertThatThrownBy(this::open)
                .hasMessageStartingWith(board.path("dev/uio0") + ": cannot be opened (conv0): ENOENT");
        assertThat(calls.openDescriptors).hasValue(0);
    }

    @Test
    void filesAreReadWholeHoweverLittleComesAtATime() throws Exception {
        board.uio(0, CONV);
        calls.readLimit = 1;
        calls.failingReads = 1;
        calls.readFailure = Errno.EINTR;
        try (UioPort port = open()) {
            assertThat(port.description()).contains("0xa0000000");
        }
    }

    @Test
    void aRefusalSaysWhoMayOpen() throws Exception {
        board.uio(0, CONV);
        calls.refuse(board.path("dev/uio0"), Errno.EACCES);
        assertThatThrownBy(this::open)
                .hasMessageStartingWith(
                        board.path("dev/uio0") + ": cannot be opened (conv0): EACCES (Permission denied)")
                .hasMessageContaining("adduser USER saguaro");
        calls.refuse(board.path("dev/uio0"), Errno.EBUSY);
        assertThatThrownBy(this::open).hasMessageContaining("EBUSY (Device or resource busy)");
    }

    @Test
    void aSecondDriverIsKeptOut() throws Exception {
        board.uio(0, CONV);
        try (UioPort first = open()) {
            assertThatThrownBy(this::open).hasMessageContaining("another process drives conv0");
            assertThat(first.read(0)).isEqualTo(EngineKind.CONV.id());
        }
        try (UioPort again = open()) {
            assertThat(again.read(0)).as("free again").isEqualTo(EngineKind.CONV.id());
        }
        assertThat(calls.openDescriptors).hasValue(0);
        assertThat(calls.unmapped).hasValue(2);
    }

    // --- registers ---

    @Test
    void registersAreSharedWithTheDevice() throws Exception {
        MappedByteBuffer page = board.uio(0, CONV);
        try (UioPort port = open()) {
            port.write(0x40, 0x89abcdef);
            assertThat(page.getInt(0x40)).isEqualTo(0x89abcdef);
            assertThat(page.getInt(0x44)).as("32 bits and no more").isZero();
            page.putInt(0xffc, -1);
            assertThat(port.read(0xffc)).isEqualTo(-1);
            assertThatThrownBy(() -> port.read(4096)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> port.write(2, 0)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void registersThatBeginInsideAPageAreFoundThere() throws Exception {
        board.uio(0, CONV);
        board.describe(0, "conv0", FakeBoard.ADDRESS, 0x1000, 0x100);
        Files.write(board.path("dev/uio0"), new byte[8192]);
        MappedByteBuffer page = FakeBoard.page(board.path("dev/uio0"));
        try (UioPort port = open()) {
            port.write(0x10, 7);
            assertThat(page.getInt(0x110)).isEqualTo(7);
            port.write(0xffc, 8);
        }
    }

    @Test
    void aClosedPortSaysSo() throws Exception {
        board.uio(0, CONV);
        UioPort port = open();
        port.close();
        port.close();
        assertThatThrownBy(() -> port.read(0))
                .hasMessageStartingWith("uio0 (conv0 at 0xa0000000) is closed: another overlay was loaded");
        assertThatThrownBy(() -> port.awaitInterrupt(LONG)).hasMessageContaining("is closed");
    }

    // --- interrupts ---

    @Test
    void anInterruptEndsTheWaitAndStaysMaskedAfterwards() throws Exception {
        try (TerminalUio uio = terminal();
                UioPort port = open(uio)) {
            for (int i = 1; i <= 3; i++) {
                CompletableFuture<Boolean> waiting = waitFor(port, LONG);
                // Armed, by the i-th write of a 1.
                uio.awaitControls(i);
                uio.line(true);
                assertThat(waiting.get()).isTrue();
                uio.line(false);
                assertThat(uio.isMasked()).isTrue();
                assertThat(uio.events()).isEqualTo(i);
            }
        }
    }

    @Test
    void aLineThatIsHighAlreadyFiresAtOnce() throws Exception {
        try (TerminalUio uio = terminal();
                UioPort port = open(uio)) {
            uio.line(true);
            assertThat(port.awaitInterrupt(LONG)).isTrue();
            assertThat(uio.events()).as("fired when it was let through").isEqualTo(1);
        }
    }

    @Test
    void whatFiredWhileNobodyWaitedIsCountedOut() throws Exception {
        try (TerminalUio uio = terminal();
                UioPort port = open(uio)) {
            uio.event();
            uio.event();
            assertThat(port.awaitInterrupt(SHORT))
                    .as("two old events, and a line that is low")
                    .isFalse();
            uio.line(true);
            assertThat(port.awaitInterrupt(LONG)).isTrue();
        }
    }

    @Test
    void whenTheTimeIsOverTheLineIsMasked() throws Exception {
        try (TerminalUio uio = terminal();
                UioPort port = open(uio)) {
            assertThat(port.awaitInterrupt(SHORT)).isFalse();
            uio.awaitControls(2);
            assertThat(uio.isMasked()).isTrue();
            uio.line(true);
            assertThat(uio.events()).as("late, and nobody is disturbed").isZero();
            assertThat(port.awaitInterrupt(LONG)).as("the next wait sees it").isTrue();
        }
    }

    @Test
    void signalsDoNotEndAWait() throws Exception {
        try (TerminalUio uio = terminal();
                UioPort port = open(uio)) {
            calls.interruptedPolls.set(3);
            CompletableFuture<Boolean> waiting = waitFor(port, LONG);
            uio.awaitControls(1);
            uio.line(true);
            assertThat(waiting.get()).isTrue();
        }
    }

    /** Signals of threads. */
    interface Signals extends Library {
        Pointer signal(int number, Pointer handler);

        int getpid();

        int gettid();

        int tgkill(int process, int thread, int number);
    }

    @Test
    void aRealSignalDoesNotEndAWaitEither() throws Exception {
        Signals signals = Native.load("c", Signals.class);
        int number = 10; // SIGUSR1
        // A handler that may run in a signal's context: a function of the C library that does nothing.
        Pointer before = signals.signal(number, NativeLibrary.getInstance("c").getFunction("getpid"));
        try (TerminalUio uio = terminal();
                UioPort port = open(uio)) {
            CompletableFuture<Integer> thread = new CompletableFuture<>();
            CompletableFuture<Boolean> waiting = CompletableFuture.supplyAsync(() -> {
                thread.complete(signals.gettid());
                return await(port, LONG);
            });
            uio.awaitControls(1);
            for (int i = 0; i < 100; i++) {
                assertThat(signals.tgkill(signals.getpid(), thread.get(), number))
                        .isZero();
            }
            uio.line(true);
            assertThat(waiting.get()).isTrue();
        } finally {
            signals.signal(number, before);
        }
    }

    @Test
    void aDeviceThatGoesWhileWaitedForIsAnError() throws Exception {
        try (TerminalUio uio = terminal();
                UioPort port = open(uio)) {
            uio.unplug();
            assertThatThrownBy(() -> port.awaitInterrupt(LONG))
                    .isInstanceOf(DeviceException.class)
                    .hasMessageContaining(board.path("dev/uio0").toString());
        }
    }

    @Test
    void aReadThatFailsOrIsShortIsAnError() throws Exception {
        try (TerminalUio uio = terminal();
                UioPort port = open(uio)) {
            uio.line(true);
            calls.failingReads = 1;
            assertThatThrownBy(() -> port.awaitInterrupt(LONG))
                    .hasMessageContaining("an interrupt cannot be read: EIO (Input/output error)")
                    .hasMessageContaining("interrupts property");
            calls.readLimit = 2;
            assertThatThrownBy(() -> port.awaitInterrupt(LONG))
                    .hasMessageContaining("read 2 bytes of an interrupt's count, expected 4");
        }
    }

    @Test
    void aNodeWithoutInterruptsIsAnError() throws Exception {
        try (TerminalUio uio = terminal();
                UioPort port = open(uio)) {
            calls.writeLimit = 0;
            assertThatThrownBy(() -> port.awaitInterrupt(LONG))
                    .hasMessageContaining("the interrupt cannot be enabled")
                    .hasMessageContaining("set interrupts=false");
        }
    }

    @Test
    void closingEndsAWait() throws Exception {
        try (TerminalUio uio = terminal()) {
            UioPort port = open(uio);
            CompletableFuture<Boolean> waiting = waitFor(port, LONG);
            uio.awaitControls(1);
            port.close();
            assertThatThrownBy(waiting::get)
                    .isInstanceOf(ExecutionException.class)
                    .hasStackTraceContaining("is closed: another overlay was loaded");
        }
    }

    @Test
    void withoutInterruptsTheRegisterIsLookedAt() throws Exception {
        MappedByteBuffer page = board.uio(0, CONV);
        try (UioPort port = open(false)) {
            assertThat(port.awaitInterrupt(SHORT)).isFalse();
            CompletableFuture<Boolean> waiting = waitFor(port, LONG);
            page.putInt(0x1C, 1);
            assertThat(waiting.get()).isTrue();
            assertThat(port.awaitInterrupt(0)).as("until the driver clears it").isTrue();
        }
    }

    private static CompletableFuture<Boolean> waitFor(UioPort port, long nanos) {
        return CompletableFuture.supplyAsync(() -> await(port, nanos));
    }

    private static boolean await(UioPort port, long nanos) {
        try {
            return port.awaitInterrupt(nanos);
        } catch (DeviceException e) {
            throw new IllegalStateException(e);
        }
    }
}
