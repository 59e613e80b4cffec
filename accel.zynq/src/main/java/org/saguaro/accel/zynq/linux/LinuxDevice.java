// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.linux;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.zynq.device.DeviceException;
import org.saguaro.accel.zynq.device.DmaRegion;
import org.saguaro.accel.zynq.device.EnginePort;
import org.saguaro.accel.zynq.device.FpgaDevice;
import org.saguaro.accel.zynq.device.Overlay;
import org.saguaro.accel.zynq.device.Overlay.EngineDescription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Programmable logic under Linux: UIO for registers and interrupts, u-dma-buf for memory, the FPGA manager and configfs for overlays.
 *
 * <p>Loading closes the ports of the former overlay, takes our device tree overlays away, configures the logic, applies the new device tree if the
 * manifest names one, waits until the kernel has made every engine's UIO device, and compares every engine's id register. If any of this fails, nothing is
 * loaded as far as this class is concerned: no port is open, and the next {@code load} begins anew. Thread-safe.
 */
public final class LinuxDevice implements FpgaDevice {

    private static final Logger LOG = LoggerFactory.getLogger(LinuxDevice.class);

    private static final int ID = 0x00;

    private final LinuxSettings settings;
    private final SystemCalls calls;
    private final SystemFiles files;
    private final DmaMapping memory;
    private List<UioPort> ports = List.of();
    private @Nullable Overlay loaded;
    /** The one overlay that can be used if the logic was configured by somebody else. */
    private @Nullable String only;

    private boolean closed;

    private LinuxDevice(LinuxSettings settings, SystemCalls calls, DmaMapping memory) {
        this.settings = settings;
        this.calls = calls;
        this.files = new SystemFiles(calls);
        this.memory = memory;
    }

    /**
     * Opens the memory; engines come with {@link #load}.
     *
     * @throws DeviceException that says which node is missing or refuses, what was found, and what to check
     */
    public static LinuxDevice open(LinuxSettings settings) throws DeviceException {
        if (!System.getProperty("os.name", "").startsWith("Linux")) {
            throw new DeviceException(settings.name() + ": found " + System.getProperty("os.name")
                    + ", expected Linux: programmable logic is reached through its device nodes");
        }
        try {
            return open(settings, new LibC());
        } catch (LinkageError e) {
            throw new DeviceException(settings.name() + ": JNA cannot reach the C library (" + e + ")", e);
        }
    }

    static LinuxDevice open(LinuxSettings settings, SystemCalls calls) throws DeviceException {
        return new LinuxDevice(settings, calls, DmaMapping.open(settings, calls));
    }

    @Override
    public String name() {
        return settings.name();
    }

    @Override
    public DmaRegion memory() {
        return memory;
    }

    @Override
    public synchronized List<EnginePort> load(Overlay overlay) throws DeviceException {
        if (closed) {
            throw new DeviceException(settings.name() + " is closed");
        }
        if (!overlay.equals(loaded)) {
            // Unmapped first: an access to logic that is being configured hangs the bus.
            closePorts();
            configure(overlay);
            ports = open(overlay);
            loaded = overlay;
            LOG.info("{}: overlay {} with {}", settings.name(), overlay.name(), descriptions());
        }
        return List.copyOf(ports);
    }

    private void configure(Overlay overlay) throws DeviceException {
        Path bitstream = overlay.bitstream();
        Path deviceTree = overlay.deviceTree();
        if (settings.alreadyLoaded()) {
            if (only != null && !only.equals(overlay.name())) {
                throw new DeviceException(settings.name() + ": the logic was configured with overlay " + only
                        + " before Saguaro started, expected no other; set loaded=false to change it");
            }
            return;
        }
        Deadline deadline = new Deadline(settings.timeoutNanos());
        DeviceTree tree = new DeviceTree(settings, calls, files);
        tree.removeOurs();
        if (bitstream != null) {
            new FpgaManager(settings, files).load(bitstream, deadline);
        } else if (only != null && !only.equals(overlay.name())) {
            throw new DeviceException(settings.name() + ": the manifest of overlay " + overlay.name()
                    + " names no bitstream, so it cannot take the place of " + only);
        }
        if (deviceTree != null) {
            tree.apply(overlay, deviceTree);
        }
        if (deviceTree != null) {
            awaitNodes(overlay, deadline);
        }
    }

    /** The kernel makes the devices of a new device tree, and then udev their nodes, each in its time. */
    private void awaitNodes(Overlay overlay, Deadline deadline) throws DeviceException {
        for (EngineDescription engine : overlay.engines()) {
            while (!UioNode.isReady(engine.name(), settings, files)) {
                deadline.check(
                        settings.path("sys", "class", "uio") + ": there is no device named " + engine.name()
                                + " with a node in " + settings.path("dev") + " that can be written, for overlay "
                                + overlay.name()
                                + "; check its device tree, modprobe uio_pdrv_genirq of_id=generic-uio, and the udev rules (docs/zcu102.md)");
            }
        }
    }

    private List<UioPort> open(Overlay overlay) throws DeviceException {
        List<UioPort> opened = new ArrayList<>();
        try {
            for (EngineDescription engine : overlay.engines()) {
                UioPort port = UioPort.open(engine, UioNode.of(engine, settings, files), settings.interrupts(), calls);
                opened.add(port);
                int id = port.read(ID);
                if (id != engine.kind().id()) {
                    throw new DeviceException(
                            port.description() + ": found id 0x" + Integer.toHexString(id) + ", expected 0x"
                                    + Integer.toHexString(engine.kind().id()) + " of "
                                    + engine.kind().wireName()
                                    + "; the logic holds another design than overlay " + overlay.name()
                                    + ", or its clock stands");
                }
            }
        } catch (DeviceException e) {
            opened.forEach(UioPort::close);
            throw e;
        }
        only = overlay.name();
        return opened;
    }

    private List<String> descriptions() {
        return ports.stream().map(EnginePort::description).toList();
    }

    private void closePorts() {
        loaded = null;
        ports.forEach(UioPort::close);
        ports = List.of();
    }

    /** Closes ports and sync files. What is in the memory stays readable as long as somebody holds a buffer of it; the logic keeps its overlay. */
    @Override
    public synchronized void close() {
        closed = true;
        closePorts();
        memory.close();
    }
}
