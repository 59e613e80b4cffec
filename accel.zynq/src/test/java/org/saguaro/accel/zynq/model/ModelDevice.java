// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.model;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.zynq.device.DeviceException;
import org.saguaro.accel.zynq.device.DmaRegion;
import org.saguaro.accel.zynq.device.EnginePort;
import org.saguaro.accel.zynq.device.FpgaDevice;
import org.saguaro.accel.zynq.device.Overlay;
import org.saguaro.accel.zynq.rtl.Fault;

/** The board. Commands end when somebody waits for them or looks often enough. Thread-safe. */
public final class ModelDevice implements FpgaDevice {

    private final ModelMemory memory;
    private List<ModelPort> ports = List.of();
    private @Nullable Overlay overlay;

    /**
     * @param memoryBytes rounded up to pages
     */
    public ModelDevice(long memoryBytes) {
        memory = new ModelMemory(memoryBytes);
    }

    @Override
    public String name() {
        return "model";
    }

    @Override
    public DmaRegion memory() {
        return memory;
    }

    @Override
    public synchronized List<EnginePort> load(Overlay wanted) throws DeviceException {
        memory.checkOpen();
        if (!wanted.equals(overlay)) {
            ports.forEach(port -> port.end("another overlay was loaded"));
            List<ModelPort> loaded = new ArrayList<>();
            for (Overlay.EngineDescription engine : wanted.engines()) {
                ModelUnit unit = switch (engine.kind()) {
                    case CONV -> new ConvUnit();
                    case FFT -> new FftUnit();
                    case ZIP -> new ZipUnit();
                };
                loaded.add(new ModelPort(engine.name(), unit, memory, wanted.clockHz()));
            }
            ports = List.copyOf(loaded);
            overlay = wanted;
        }
        return List.copyOf(ports);
    }

    /** As that of the simulated device. */
    public synchronized void fault(String engine, Fault fault, long a, long b) throws DeviceException {
        for (ModelPort port : ports) {
            if (port.engine().equals(engine)) {
                port.fault(fault, a, b);
                return;
            }
        }
        throw new DeviceException("model: no engine '" + engine + "' is loaded");
    }

    @Override
    public synchronized void close() {
        ports.forEach(port -> port.end("the device was closed"));
        memory.close();
    }
}
