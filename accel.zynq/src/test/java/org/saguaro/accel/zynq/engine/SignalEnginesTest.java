// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.saguaro.accel.zynq.device.DmaBuffer;

/** Fourier transforms and element-wise operations are bit-exact with the golden models, on every device. */
class SignalEnginesTest {

    private static final long MEMORY_BYTES = 1 << 20;

    @ParameterizedTest
    @EnumSource
    void transformsOfAllSizesAreBitExact(Devices devices) throws Exception {
        try (Rig rig = new Rig(devices.open(MEMORY_BYTES, 1), EngineSettings.DEFAULT)) {
            for (int points = FftEngine.MIN_POINTS; points <= FftEngine.MAX_POINTS; points *= 2) {
                boolean inverse = Integer.numberOfTrailingZeros(points) % 2 == 0;
                int transforms = points > 1024 ? 1 : 3;
                float[] input = signal(points * transforms, points);
                float[] actual = rig.fft(points, inverse, inverse, transforms, input);
                for (int i = 0; i < transforms; i++) {
                    float[] one = new float[2 * points];
                    float[] found = new float[2 * points];
                    System.arraycopy(input, i * one.length, one, 0, one.length);
                    System.arraycopy(actual, i * one.length, found, 0, one.length);
                    assertThat(found)
                            .as("transform %d of %d points, inverse %s", i, points, inverse)
                            .isEqualTo(FftModel.compute(one, inverse, inverse));
                }
                if (devices == Devices.RTL) {
                    // Counted by the simulated hardware, so always the same.
                    assertThat((double) FftEngine.expectedCycles(points, transforms) / rig.lastCycles)
                            .as(
                                    "expected by taken cycles (%d) of %d transforms of %d points",
                                    rig.lastCycles, transforms, points)
                            .isBetween(0.9, 1.2);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void elementWiseOperationsAreBitExact(Devices devices) throws Exception {
        try (Rig rig = new Rig(devices.open(MEMORY_BYTES, 1), EngineSettings.DEFAULT)) {
            for (ZipEngine.Operation operation : ZipEngine.Operation.values()) {
                for (int elements : new int[] {1, 2, 255, 3000}) {
                    float[] a = signal(elements, 1);
                    float[] b = signal(elements, 2);
                    assertThat(rig.zip(operation, a, b))
                            .as("%s of %d elements", operation, elements)
                            .isEqualTo(ZipModel.compute(operation, a, b));
                }
            }
        }
    }

    /** What a command costs must not depend on when the collector comes. */
    @Test
    void commandsMakeNoGarbage() throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Rig rig = new Rig(Devices.RTL.open(MEMORY_BYTES, 1), EngineSettings.DEFAULT);
                DmaBuffer buffer = rig.pool.allocate(64)) {
            long allocated = 0;
            int commands = 300;
            for (int i = 0; i < 2 * commands; i++) {
                if (i == commands) {
                    allocated = -threads.getCurrentThreadAllocatedBytes();
                }
                buffer.syncForDevice(0, 64);
                rig.zip.run(
                        ZipEngine.Operation.ADD,
                        1,
                        buffer.physicalAddress(),
                        buffer.physicalAddress(),
                        buffer.physicalAddress());
                buffer.syncForCpu(0, 64);
            }
            allocated += threads.getCurrentThreadAllocatedBytes();
            assertThat(allocated).as("bytes allocated by %d commands", commands).isLessThan(16L * commands);
        }
    }

    private static float[] signal(int elements, long seed) {
        Random random = new Random(seed);
        float[] values = new float[2 * elements];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat() * 2 - 1;
        }
        return values;
    }
}
