// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.rtl;

import com.sun.jna.Pointer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.StampedLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.zynq.device.DeviceException;
import org.saguaro.accel.zynq.device.DmaRegion;
import org.saguaro.accel.zynq.device.EnginePort;
import org.saguaro.accel.zynq.device.FpgaDevice;
import org.saguaro.accel.zynq.device.Overlay;

/**
 * A board of which every engine is simulated cycle by cycle. Time passes for an engine only while somebody accesses its registers or waits for it. What else
 * can be done to it here is what no board lets a driver do: choose how the memory answers, and break it. Thread-safe.
 */
public final class RtlDevice implements FpgaDevice {

    private static final long PHYSICAL_ADDRESS = 0x7000_0000L;
    private static final long PAGE_BYTES = 4096;

    private final RtlMemory memory;
    private final Pointer handle;
    private final StampedLock life = new StampedLock();
    private List<RtlPort> ports = List.of();
    private @Nullable Overlay overlay;
    private BusTiming timing = BusTiming.REGULAR;
    private boolean closed;

    private RtlDevice(Pointer handle, RtlMemory memory) {
        this.handle = handle;
        this.memory = memory;
    }

    /**
     * A device that holds no overlay yet.
     *
     * @param library libsaguaro_rtl, as {@link RtlLibrary} finds or builds it
     * @param memoryBytes of its DMA memory; rounded up to pages, below 2 GiB
     * @param seed of the bus timing's random choices
     * @throws DeviceException if the library cannot be used, or there is not so much memory
     */
    public static RtlDevice open(Path library, long memoryBytes, long seed) throws DeviceException {
        SaguaroRtl.bind(library);
        long bytes = (memoryBytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
        if (bytes <= 0 || bytes > Integer.MAX_VALUE) {
            throw new DeviceException("rtl: a memory of " + memoryBytes + " bytes, expected 1 up to 2 GiB");
        }
        // The smallest engine stands in until an overlay is loaded.
        Pointer handle = SaguaroRtl.saguaro_rtl_create("zip", PHYSICAL_ADDRESS, bytes, seed);
        if (handle == null) {
            throw new DeviceException("rtl: " + SaguaroRtl.lastError());
        }
        return new RtlDevice(handle, RtlMemory.of(handle, PHYSICAL_ADDRESS, (int) bytes));
    }

    @Override
    public String name() {
        return "rtl";
    }

    @Override
    public DmaRegion memory() {
        return memory;
    }

    @Override
    public List<EnginePort> load(Overlay wanted) throws DeviceException {
        long stamp = life.writeLock();
        try {
            if (closed) {
                throw new DeviceException("rtl: the device is closed");
            }
            if (!wanted.equals(overlay)) {
                ports.forEach(port -> port.end("another overlay was loaded"));
                ports = List.of();
                overlay = null;
                String engines = wanted.engines().stream()
                        .map(engine -> engine.kind().wireName())
                        .collect(Collectors.joining(","));
                if (SaguaroRtl.saguaro_rtl_load(handle, engines) != 0) {
                    throw new DeviceException("rtl: overlay " + wanted.name() + ": " + SaguaroRtl.lastError());
                }
                List<RtlPort> loaded = new ArrayList<>();
                for (int i = 0; i < wanted.engines().size(); i++) {
                    loaded.add(new RtlPort(handle, i, wanted.engines().get(i).name(), wanted.clockHz()));
                }
                ports = List.copyOf(loaded);
                overlay = wanted;
                for (RtlPort port : ports) {
                    port.timing(timing);
                }
            }
            return List.copyOf(ports);
        } finally {
            life.unlockWrite(stamp);
        }
    }

    /**
     * How the memory answers from now on, to all engines of this and later overlays.
     *
     * @throws DeviceException if the timing is impossible
     */
    public void timing(BusTiming wanted) throws DeviceException {
        long stamp = life.writeLock();
        try {
            for (RtlPort port : ports) {
                port.timing(wanted);
            }
            timing = wanted;
        } finally {
            life.unlockWrite(stamp);
        }
    }

    /**
     * Breaks an engine, or repairs it. Takes effect within some thousand cycles while a command runs. Another overlay has healthy engines.
     *
     * @param engine its name in the loaded overlay
     * @param a as the fault says, else 0
     * @param b likewise
     * @throws DeviceException if there is no such engine; the message lists those there are
     */
    public void fault(String engine, Fault fault, long a, long b) throws DeviceException {
        port(engine).fault(fault, a, b);
    }

    private RtlPort port(String engine) throws DeviceException {
        long stamp = life.readLock();
        try {
            for (RtlPort port : ports) {
                if (port.engine().equals(engine)) {
                    return port;
                }
            }
            throw new DeviceException("rtl: no engine '" + engine + "' is loaded, expected one of "
                    + ports.stream().map(RtlPort::engine).toList());
        } finally {
            life.unlockRead(stamp);
        }
    }

    @Override
    public void close() {
        long stamp = life.writeLock();
        try {
            if (!closed) {
                closed = true;
                ports.forEach(port -> port.end("the device was closed"));
                memory.end();
                SaguaroRtl.saguaro_rtl_destroy(handle);
            }
        } finally {
            life.unlockWrite(stamp);
        }
    }
}
