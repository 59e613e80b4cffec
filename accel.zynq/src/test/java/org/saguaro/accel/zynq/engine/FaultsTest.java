// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.AccelException.Category;
import org.saguaro.accel.zynq.device.DmaBuffer;
import org.saguaro.accel.zynq.device.EnginePort;
import org.saguaro.accel.zynq.device.Overlay;
import org.saguaro.accel.zynq.engine.Rig.Data;
import org.saguaro.accel.zynq.rtl.Fault;

/** What breaks is said, in the right category, with what to check; and what is repaired works again. */
class FaultsTest {

    private static final long MEMORY_BYTES = 1 << 20;
    private static final float[] ONES = {1, 1, 1, 1, 1, 1, 1, 1};
    private static final float[] TWOS = {2, 2, 2, 2, 2, 2, 2, 2};
    /** Short, so that the simulation need not wait long. */
    private static final EngineSettings INTERRUPTS = new EngineSettings(true, 3_000, 100_000);

    private static final EngineSettings POLLING = new EngineSettings(false, 3_000, 100_000);

    private record Case(Fault fault, long a, long b, String message) {}

    private static List<Object[]> faults() {
        List<Case> cases = List.of(
                new Case(Fault.NO_INTERRUPT, 0, 0, "its interrupt did not come within"),
                new Case(Fault.CORRUPT_STATUS, 0xDEAD_0000L, 0, "the registers cannot be trusted"),
                new Case(Fault.CORRUPT_STATUS, 0x1, 0, "the registers cannot be trusted"),
                new Case(Fault.CORRUPT_STATUS, 0x2, 0, "the registers cannot be trusted"),
                new Case(Fault.CORRUPT_STATUS, 0x6, 0, "the registers cannot be trusted"),
                new Case(Fault.CORRUPT_STATUS, 0x500, 0, "the registers cannot be trusted"),
                new Case(
                        Fault.BUS_ERROR,
                        0x7000_0000L,
                        0x7000_0001L,
                        "the memory answered a read at 0x70000000 with an error"),
                new Case(
                        Fault.BUS_ERROR,
                        0x7000_0080L,
                        0x7000_0081L,
                        "the memory answered a write at 0x70000080 with an error"),
                new Case(Fault.BUS_SILENT, 0, 0, "the memory bus is silent"),
                new Case(Fault.GONE, 0, 0, "does not answer"));
        List<Object[]> all = new ArrayList<>();
        for (Devices devices : Devices.values()) {
            for (EngineSettings settings : List.of(INTERRUPTS, POLLING)) {
                for (Case one : cases) {
                    if (settings.interrupts() || one.fault() != Fault.NO_INTERRUPT) {
                        all.add(new Object[] {devices, settings, one});
                    }
                }
            }
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("faults")
    void isSaidAndForgottenWhenRepaired(Devices devices, EngineSettings settings, Case fault) throws Exception {
        try (Rig rig = new Rig(devices.open(MEMORY_BYTES, 1), settings)) {
            assertThat(rig.zip(ZipEngine.Operation.ADD, ONES, TWOS)).containsOnly(3);
            devices.fault(rig.device, "zip0", fault.fault(), fault.a(), fault.b());
            for (int i = 0; i < 2; i++) {
                AccelException lost =
                        catchThrowableOfType(AccelException.class, () -> rig.zip(ZipEngine.Operation.ADD, ONES, TWOS));
                assertThat(lost).as("attempt %d", i).isNotNull();
                assertThat(lost.category()).as("%s", lost).isEqualTo(Category.DEVICE_LOST);
                assertThat(lost).hasMessageContaining("zip0: ");
                if (i == 0) {
                    assertThat(lost).hasMessageContaining(fault.message());
                }
            }
            devices.fault(rig.device, "zip0", Fault.HEALTHY, 0, 0);
            recovered(rig);
        }
    }

    /** Late answers of the bus take a moment. */
    private static void recovered(Rig rig) throws Exception {
        for (int attempt = 0; ; attempt++) {
            try {
                assertThat(rig.zip(ZipEngine.Operation.MULTIPLY, ONES, TWOS)).containsExactly(0, 4, 0, 4, 0, 4, 0, 4);
                return;
            } catch (AccelException e) {
                if (attempt == 20) {
                    throw e;
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aLongCommandOutlivesManyTimeouts(Devices devices) throws Exception {
        ConvShape shape = ConvShape.square(64, 12, 12, 64, 3, 1, 1);
        ConvPlan plan = ConvPlan.of(shape, ConvFormat.int32(), ConvArray.OVERLAY);
        Data data = Data.random(shape, plan.format(), 3);
        try (Rig rig = new Rig(devices.open(MEMORY_BYTES, 1), new EngineSettings(true, 3_000, 1_000))) {
            assertThat(rig.run(plan, data))
                    .isEqualTo(ConvModel.compute(
                            shape, plan.format(), data.image, data.weights, data.biases, data.scales));
        }
    }

    @ParameterizedTest
    @EnumSource
    void staleBytesShowThatASyncIsMissing(Devices devices) throws Exception {
        try (Rig rig = new Rig(devices.open(MEMORY_BYTES, 1), INTERRUPTS);
                DmaBuffer a = rig.pool.allocate(64);
                DmaBuffer result = rig.pool.allocate(64)) {
            for (int i = 0; i < 16; i++) {
                a.bytes().putFloat(4 * i, 5);
            }
            rig.zip.run(ZipEngine.Operation.ADD, 8, a.physicalAddress(), a.physicalAddress(), result.physicalAddress());
            result.syncForCpu(0, 64);
            assertThat(result.bytes().getFloat(0)).as("without syncForDevice").isZero();
            a.syncForDevice(0, 64);
            rig.zip.run(ZipEngine.Operation.ADD, 8, a.physicalAddress(), a.physicalAddress(), result.physicalAddress());
            assertThat(result.bytes().getFloat(0)).as("without syncForCpu").isZero();
            result.syncForCpu(0, 64);
            assertThat(result.bytes().getFloat(0)).as("with both").isEqualTo(10);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aCommandOutsideTheMemoryIsTheDriversFault(Devices devices) throws Exception {
        try (Rig rig = new Rig(devices.open(MEMORY_BYTES, 1), INTERRUPTS)) {
            AccelException refused = catchThrowableOfType(
                    AccelException.class,
                    () -> rig.zip.run(ZipEngine.Operation.ADD, 8, 0x7000_0000L, 0x7000_0000L, 0x1000));
            assertThat(refused).hasMessageContaining("leaves the engine's memory at 0x1000");
            assertThat(refused.category()).isEqualTo(Category.KERNEL_FAILED);
            recovered(rig);
        }
    }

    @ParameterizedTest
    @EnumSource
    void theWrongEngineIsNotUsed(Devices devices) throws Exception {
        try (Rig rig = new Rig(devices.open(MEMORY_BYTES, 1), INTERRUPTS)) {
            EnginePort fft = rig.device.load(Rig.OVERLAY).get(1);
            ZipEngine zip = new ZipEngine(fft, rig.device.memory(), INTERRUPTS);
            assertThatThrownBy(zip::ensureReady)
                    .hasMessageContaining("expected an engine with id 0x5347565a, found 0x53475646")
                    .hasMessageContaining("manifest and bitstream");
        }
    }

    @ParameterizedTest
    @EnumSource
    void anotherOverlayKeepsTheMemoryAndEndsThePorts(Devices devices) throws Exception {
        Overlay other = new Overlay(
                "other",
                "",
                100_000_000,
                true,
                null,
                null,
                0,
                List.of(Rig.OVERLAY.engines().get(2)));
        try (Rig rig = new Rig(devices.open(MEMORY_BYTES, 1), INTERRUPTS);
                DmaBuffer a = rig.pool.allocate(64);
                DmaBuffer result = rig.pool.allocate(64)) {
            a.bytes().putFloat(0, 7);
            a.syncForDevice(0, 64);
            rig.conv.ensureReady();
            List<EnginePort> ports = rig.device.load(other);
            assertThat(rig.device.load(other)).as("loading it again").isEqualTo(ports);
            AccelException lost =
                    catchThrowableOfType(AccelException.class, () -> rig.zip(ZipEngine.Operation.ADD, ONES, TWOS));
            assertThat(lost).hasMessageContaining("another overlay was loaded");
            assertThat(lost.category()).isEqualTo(Category.DEVICE_LOST);
            ZipEngine zip = new ZipEngine(ports.get(0), rig.device.memory(), INTERRUPTS);
            zip.run(ZipEngine.Operation.ADD, 8, a.physicalAddress(), a.physicalAddress(), result.physicalAddress());
            result.syncForCpu(0, 64);
            assertThat(result.bytes().getFloat(0)).isEqualTo(14);
        }
    }

    @ParameterizedTest
    @EnumSource
    void memoryOutlivesTheDevice(Devices devices) throws Exception {
        DmaBuffer buffer;
        try (Rig rig = new Rig(devices.open(MEMORY_BYTES, 1), INTERRUPTS)) {
            buffer = rig.pool.allocate(64);
            buffer.bytes().putInt(0, 42);
        }
        System.gc();
        assertThat(buffer.bytes().getInt(0)).isEqualTo(42);
        AccelException lost = catchThrowableOfType(AccelException.class, () -> buffer.syncForDevice(0, 64));
        assertThat(lost).hasMessageContaining("the device was closed");
        assertThat(lost.category()).isEqualTo(Category.DEVICE_LOST);
    }

    /** Only the simulation lets time pass while a command runs. */
    @Test
    void aDeviceThatGoesMidCommandIsNoticed() throws Exception {
        ConvShape shape = ConvShape.square(64, 28, 28, 64, 3, 1, 1);
        ConvPlan plan = ConvPlan.of(shape, ConvFormat.int32(), ConvArray.OVERLAY);
        Data data = Data.random(shape, plan.format(), 3);
        try (Rig rig = new Rig(Devices.RTL.open(8 * MEMORY_BYTES, 1), INTERRUPTS)) {
            rig.conv.ensureReady();
            EnginePort port = rig.device.load(Rig.OVERLAY).get(0);
            CompletableFuture<AccelException> running = CompletableFuture.supplyAsync(
                    () -> catchThrowableOfType(AccelException.class, () -> rig.run(plan, data)));
            while ((port.read(Registers.STATUS) & Registers.BUSY) == 0) {
                Thread.onSpinWait();
            }
            Devices.RTL.fault(rig.device, "conv0", Fault.GONE, 0, 0);
            AccelException lost = running.get(2, TimeUnit.MINUTES);
            assertThat(lost).as("what the command ended with").isNotNull();
            assertThat(lost.category()).isEqualTo(Category.DEVICE_LOST);
            Devices.RTL.fault(rig.device, "conv0", Fault.HEALTHY, 0, 0);
            assertThat(rig.run(plan, data))
                    .isEqualTo(ConvModel.compute(
                            shape, plan.format(), data.image, data.weights, data.biases, data.scales));
        }
    }
}
