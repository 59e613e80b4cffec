// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

import java.nio.file.Path;
import java.util.Optional;
import org.saguaro.accel.zynq.device.DeviceException;
import org.saguaro.accel.zynq.rtl.RtlDevice;
import org.saguaro.accel.zynq.rtl.RtlLibrary;

/** The engines' RTL, where this machine can build its simulation; built once, in the module's target folder. */
final class Simulation {

    private static final long MEMORY_BYTES = 16 << 20;

    private Simulation() {}

    static Optional<String> unavailable() {
        return Optional.ofNullable(RtlLibrary.whyNot());
    }

    static RtlDevice open() throws DeviceException {
        Path library = new RtlLibrary(Path.of("target", "rtl-library"), System.out::println).get();
        return RtlDevice.open(library, MEMORY_BYTES, 1);
    }
}
