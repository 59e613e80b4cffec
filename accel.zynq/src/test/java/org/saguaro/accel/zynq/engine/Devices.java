// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.engine;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import org.saguaro.accel.zynq.device.DeviceException;
import org.saguaro.accel.zynq.device.FpgaDevice;
import org.saguaro.accel.zynq.model.ModelDevice;
import org.saguaro.accel.zynq.rtl.Fault;
import org.saguaro.accel.zynq.rtl.RtlDevice;
import org.saguaro.accel.zynq.rtl.RtlLibrary;

/** What the driver is tested on. */
enum Devices {
    /** Always there. */
    MODEL {
        @Override
        FpgaDevice open(long memoryBytes, long seed) {
            return new ModelDevice(memoryBytes);
        }

        @Override
        void fault(FpgaDevice device, String engine, Fault fault, long a, long b) throws DeviceException {
            ((ModelDevice) device).fault(engine, fault, a, b);
        }
    },
    /** Where the simulation can be built. */
    RTL {
        @Override
        FpgaDevice open(long memoryBytes, long seed) throws DeviceException {
            return RtlDevice.open(library(), memoryBytes, seed);
        }

        @Override
        void fault(FpgaDevice device, String engine, Fault fault, long a, long b) throws DeviceException {
            ((RtlDevice) device).fault(engine, fault, a, b);
        }
    };

    abstract FpgaDevice open(long memoryBytes, long seed) throws DeviceException;

    abstract void fault(FpgaDevice device, String engine, Fault fault, long a, long b) throws DeviceException;

    /** The simulation library; the test is skipped if it cannot be built. Built once, in the module's target folder. */
    static Path library() throws DeviceException {
        String why = RtlLibrary.whyNot();
        assumeTrue(why == null, why);
        return new RtlLibrary(Path.of("target", "rtl-library"), line -> System.out.println("[rtl] " + line)).get();
    }
}
