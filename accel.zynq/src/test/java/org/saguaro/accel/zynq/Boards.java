// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

import java.util.List;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.zynq.device.FpgaDevice;
import org.saguaro.accel.zynq.device.Overlay;
import org.saguaro.accel.zynq.device.Overlay.EngineDescription;
import org.saguaro.accel.zynq.device.Overlay.EngineKind;
import org.saguaro.accel.zynq.engine.EngineSettings;

/** Devices for tests. */
final class Boards {

    static final Overlay MIXED = new Overlay(
            "mixed",
            "two convolution engines, one of each other kind",
            250_000_000,
            true,
            null,
            null,
            300_000_000,
            List.of(
                    new EngineDescription("conv0", EngineKind.CONV, 0xa000_0000L),
                    new EngineDescription("conv1", EngineKind.CONV, 0xa001_0000L),
                    new EngineDescription("fft0", EngineKind.FFT, 0xa002_0000L),
                    new EngineDescription("fft1", EngineKind.FFT, 0xa003_0000L),
                    new EngineDescription("zip0", EngineKind.ZIP, 0xa004_0000L),
                    new EngineDescription("zip1", EngineKind.ZIP, 0xa005_0000L)));

    static final Overlay NETWORKS = new Overlay(
            "networks",
            "one convolution engine",
            250_000_000,
            true,
            null,
            null,
            300_000_000,
            List.of(new EngineDescription("conv0", EngineKind.CONV, 0xa000_0000L)));

    private Boards() {}

    /** A simulated device with the first of these overlays loaded. */
    static Fpga open(FpgaDevice device, Overlay... overlays) throws AccelException {
        Fpga fpga = new Fpga(device, true, EngineSettings.DEFAULT, List.of(overlays));
        fpga.load(overlays[0]);
        return fpga;
    }

    /** The processing element of that id. */
    static EnginePe pe(Fpga fpga, String id) throws AccelException {
        return EnginePes.of(fpga).stream()
                .filter(pe -> pe.descriptor().id().equals(id))
                .findFirst()
                .orElseThrow();
    }
}
