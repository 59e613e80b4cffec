// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.device;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A configuration of the programmable logic, as its manifest describes it.
 *
 * @param name unique among the overlays of a device
 * @param description for people
 * @param clockHz of all engines
 * @param clockAssumed whether nobody has shown that the design closes timing at this clock
 * @param bitstream the FPGA manager's {@code .bit.bin}; null where the logic is loaded already, or is simulated
 * @param deviceTree an overlay of the device tree that makes the engines known to the kernel; null if they are known already
 * @param loadNanos what loading is expected to take
 * @param engines in the order of their indices
 */
public record Overlay(
        String name,
        String description,
        long clockHz,
        boolean clockAssumed,
        @Nullable Path bitstream,
        @Nullable Path deviceTree,
        long loadNanos,
        List<EngineDescription> engines) {

    public Overlay {
        engines = List.copyOf(engines);
    }

    /** What kinds of engine there are. */
    public enum EngineKind {
        CONV(0x53475643),
        FFT(0x53475646),
        ZIP(0x5347565A);

        private final int id;

        EngineKind(int id) {
            this.id = id;
        }

        /** What its ID register reads. */
        public int id() {
            return id;
        }

        /** As manifests write it. */
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * One engine.
     *
     * @param name unique in the overlay; also the name of its UIO device
     * @param kind what it computes
     * @param address of its registers, for messages
     */
    public record EngineDescription(String name, EngineKind kind, long address) {}
}
