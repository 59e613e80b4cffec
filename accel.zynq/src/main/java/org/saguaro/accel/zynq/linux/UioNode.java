// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.linux;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.saguaro.accel.zynq.device.DeviceException;
import org.saguaro.accel.zynq.device.Overlay.EngineDescription;

/**
 * A UIO device as sysfs describes it. Found by its name, which is that of its node in the device tree; numbers change from one load to the next.
 *
 * @param uio its name in sysfs, with its number
 * @param device its node
 * @param address of the first register in the machine's memory
 * @param size of the range in bytes
 * @param offset of the first register in the page that is mapped
 */
record UioNode(String uio, Path device, long address, long size, long offset) {

    /** An engine's registers. */
    private static final long REGISTER_BYTES = 4096;

    private static final String HINT =
            "check that the device tree names the engine and that the module is loaded: modprobe uio_pdrv_genirq of_id=generic-uio (docs/zcu102.md)";

    /**
     * The device of an engine.
     *
     * @throws DeviceException if there is none, several, or one of another address or size: says what there is
     */
    static UioNode of(EngineDescription engine, LinuxSettings settings, SystemFiles files) throws DeviceException {
        Path uios = settings.path("sys", "class", "uio");
        List<Path> matching = new ArrayList<>();
        List<String> others = new ArrayList<>();
        for (Path folder : SystemFiles.list(uios)) {
            String name = nameOf(folder, files);
            if (name.equals(engine.name())) {
                matching.add(folder);
            } else {
                others.add(folder.getFileName() + " '" + SystemFiles.shown(name) + "'");
            }
        }
        if (matching.isEmpty()) {
            throw new DeviceException(uios + ": found no device named " + engine.name()
                    + (others.isEmpty() ? " and no other" : ", only " + String.join(", ", others)) + "; expected it at "
                    + hex(engine.address()) + "; " + HINT);
        }
        List<String> found = new ArrayList<>();
        for (Path folder : matching) {
            Path map = folder.resolve("maps").resolve("map0");
            long address = files.number(map.resolve("addr"), HINT);
            if (address == engine.address()) {
                return node(folder, map, engine, settings, files);
            }
            found.add(hex(address) + " (" + map.resolve("addr") + ")");
        }
        throw new DeviceException(uios + ": found " + engine.name() + " at " + String.join(", ", found) + ", expected "
                + hex(engine.address())
                + " as the overlay's manifest says; device tree and manifest must be of the same overlay");
    }

    private static UioNode node(
            Path folder, Path map, EngineDescription engine, LinuxSettings settings, SystemFiles files)
            throws DeviceException {
        long size = files.number(map.resolve("size"), HINT);
        long offset = files.number(map.resolve("offset"), HINT);
        if (size < REGISTER_BYTES || offset >= REGISTER_BYTES || offset % Integer.BYTES != 0) {
            throw new DeviceException(map + ": found " + size + " bytes at offset " + offset + " of a page, expected "
                    + REGISTER_BYTES + " bytes at least; correct the reg property of " + engine.name()
                    + " in the device tree");
        }
        String uio = String.valueOf(folder.getFileName());
        return new UioNode(uio, settings.path("dev", uio), engine.address(), size, offset);
    }

    /** Whether there is a device of that name now, and a node that can be written. */
    static boolean isReady(String name, LinuxSettings settings, SystemFiles files) {
        return SystemFiles.list(settings.path("sys", "class", "uio")).stream()
                .filter(folder -> nameOf(folder, files).equals(name))
                .anyMatch(folder -> Files.isWritable(settings.path("dev", String.valueOf(folder.getFileName()))));
    }

    /** Empty if it goes away just now. */
    private static String nameOf(Path folder, SystemFiles files) {
        try {
            return files.text(folder.resolve("name"), HINT);
        } catch (DeviceException e) {
            return "";
        }
    }

    /** As much as the registers need, in whole pages. */
    long mappedBytes() {
        return (offset + REGISTER_BYTES + REGISTER_BYTES - 1) / REGISTER_BYTES * REGISTER_BYTES;
    }

    static String hex(long address) {
        return "0x" + Long.toHexString(address);
    }
}
