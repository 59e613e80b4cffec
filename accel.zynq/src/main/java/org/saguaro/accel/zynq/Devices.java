// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.osgi.framework.BundleContext;
import org.saguaro.accel.zynq.device.DeviceException;
import org.saguaro.accel.zynq.device.FpgaDevice;
import org.saguaro.accel.zynq.device.Overlay;
import org.saguaro.accel.zynq.device.OverlayFile;
import org.saguaro.accel.zynq.engine.EngineSettings;
import org.saguaro.accel.zynq.linux.LinuxDevice;
import org.saguaro.accel.zynq.linux.LinuxSettings;
import org.saguaro.accel.zynq.rtl.RtlDevice;
import org.saguaro.accel.zynq.rtl.RtlLibrary;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** From the configuration to a device. */
final class Devices {

    private static final Logger LOG = LoggerFactory.getLogger(Devices.class);
    private static final String LINUX = "linux";
    private static final String RTL = "rtl";
    private static final long RTL_MEMORY_BYTES = 256L << 20;
    private static final long MOST_MEMORY_BYTES = Integer.MAX_VALUE;

    private Devices() {}

    static boolean isSimulated(ZynqSettings settings) {
        return settings.transport().equals(RTL);
    }

    /** Opens the device; it holds no overlay of ours yet. */
    static FpgaDevice open(BundleContext context, ZynqSettings settings) throws DeviceException {
        if (settings.memory_bytes() < 0 || settings.memory_bytes() > MOST_MEMORY_BYTES) {
            throw new DeviceException("memory.bytes of " + ZynqAccelerator.PID + ": found " + settings.memory_bytes()
                    + ", expected 0 to " + MOST_MEMORY_BYTES);
        }
        return switch (settings.transport()) {
            case LINUX ->
                LinuxDevice.open(LinuxSettings.board("fpga")
                        .withMemory(settings.memory(), settings.memory_bytes())
                        .withCoherent(settings.memory_coherent())
                        .withInterrupts(settings.interrupts())
                        .withAlreadyLoaded(settings.loaded()));
            case RTL ->
                RtlDevice.open(
                        library(context, settings),
                        settings.memory_bytes() == 0 ? RTL_MEMORY_BYTES : settings.memory_bytes(),
                        settings.seed());
            default ->
                throw new DeviceException("transport of " + ZynqAccelerator.PID + ": found '" + settings.transport()
                        + "', expected linux or rtl");
        };
    }

    private static Path library(BundleContext context, ZynqSettings settings) throws DeviceException {
        if (!settings.library().isBlank()) {
            return Path.of(settings.library()).toAbsolutePath();
        }
        String state = Objects.requireNonNullElse(
                context.getProperty("saguaro.state"), System.getProperty("java.io.tmpdir") + "/saguaro");
        return new RtlLibrary(Path.of(state, RTL), LOG::info).get();
    }

    /** The overlays, the one to be loaded first at the beginning. */
    static List<Overlay> overlays(ZynqSettings settings) throws DeviceException {
        List<Path> files = Arrays.stream(settings.overlays())
                .filter(path -> !path.isBlank())
                .map(Path::of)
                .toList();
        List<Overlay> overlays = new ArrayList<>(OverlayFile.readAll(files));
        if (overlays.isEmpty()) {
            throw new DeviceException("overlays of " + ZynqAccelerator.PID + ": found no manifest in " + files
                    + ", expected files or folders with one at least");
        }
        if (!settings.overlay().isBlank()) {
            Overlay first = overlays.stream()
                    .filter(overlay -> overlay.name().equals(settings.overlay()))
                    .findFirst()
                    .orElseThrow(() -> new DeviceException("overlay of " + ZynqAccelerator.PID + ": found '"
                            + settings.overlay() + "', expected one of "
                            + overlays.stream().map(Overlay::name).toList()));
            overlays.remove(first);
            overlays.add(0, first);
        }
        return settings.overlays_all() && !settings.loaded() ? overlays : List.of(overlays.get(0));
    }

    /** How engines of that clock are waited for. */
    static EngineSettings engineSettings(ZynqSettings settings, long clockHz) throws DeviceException {
        EngineSettings usual = EngineSettings.DEFAULT;
        double cycles = settings.watchdog_millis() * clockHz / 1000;
        if (!(cycles >= 0 && cycles <= Integer.MAX_VALUE)) {
            throw new DeviceException("watchdog.millis of " + ZynqAccelerator.PID + ": found "
                    + settings.watchdog_millis() + ", expected 0 to " + Integer.MAX_VALUE / (clockHz / 1000));
        }
        return new EngineSettings(
                settings.interrupts(), cycles == 0 ? usual.watchdogCycles() : (int) cycles, usual.timeoutNanos());
    }
}
