// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.linux;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import org.saguaro.accel.zynq.device.DeviceException;

/**
 * Loads bitstreams through {@code /sys/class/fpga_manager}. {@code flags} and {@code firmware} are there in the kernels of Xilinx (linux-xlnx) only; others leave
 * loading to the boot loader.
 */
final class FpgaManager {

    private static final String FULL_BITSTREAM = "0";
    private static final String OPERATING = "operating";

    private static final String HINT =
            "only kernels of Xilinx (PetaLinux, Certified Ubuntu) load by this file; with another one load before Saguaro starts and set loaded=true";

    private final LinuxSettings settings;
    private final SystemFiles files;

    FpgaManager(LinuxSettings settings, SystemFiles files) {
        this.settings = settings;
        this.files = files;
    }

    /**
     * Configures the logic. Nothing of it may be mapped: an access meanwhile hangs the bus.
     *
     * @throws DeviceException if it is not operating afterwards
     */
    void load(Path bitstream, Deadline deadline) throws DeviceException {
        Path manager = manager();
        Path firmware = firmware(bitstream);
        files.write(manager.resolve("flags"), FULL_BITSTREAM, HINT);
        try {
            files.write(manager.resolve("firmware"), String.valueOf(firmware.getFileName()), HINT);
        } catch (DeviceException e) {
            throw new DeviceException(
                    e.getMessage() + "; the FPGA manager's state is '" + state(manager) + "', and dmesg says why; "
                            + firmware + " must be made for this device by bootgen",
                    e);
        }
        String state = state(manager);
        while (!state.equals(OPERATING)) {
            if (state.toLowerCase(Locale.ROOT).contains("error")) {
                throw new DeviceException(manager.resolve("state") + ": found '" + SystemFiles.shown(state)
                        + "' after loading " + firmware + ", expected " + OPERATING
                        + "; see dmesg: the bitstream may be of another device, or damaged");
            }
            deadline.check(manager.resolve("state") + ": found '" + SystemFiles.shown(state) + "' after loading "
                    + firmware + ", expected " + OPERATING);
            state = state(manager);
        }
    }

    private Path manager() throws DeviceException {
        Path managers = settings.path("sys", "class", "fpga_manager");
        List<Path> found = SystemFiles.list(managers);
        if (found.isEmpty()) {
            throw new DeviceException(
                    managers + ": found no FPGA manager; the kernel needs CONFIG_FPGA_MGR_ZYNQMP_FPGA and the"
                            + " device tree its zynqmp_pcap node (docs/zcu102.md)");
        }
        return found.get(0);
    }

    private String state(Path manager) throws DeviceException {
        return files.text(manager.resolve("state"), HINT);
    }

    /** The file where the kernel looks for it: there already, or copied. */
    private Path firmware(Path bitstream) throws DeviceException {
        Path installed = settings.path("lib", "firmware").resolve(bitstream.getFileName());
        Path source = Files.isRegularFile(bitstream) ? bitstream : installed;
        if (!Files.isRegularFile(source)) {
            throw new DeviceException(bitstream + ": found no bitstream there and none at " + installed
                    + "; make it with vivado/build_overlay.tcl and copy its .bit.bin to " + installed.getParent());
        }
        refuseHeader(source);
        try {
            if (!source.equals(installed)
                    && (!Files.isRegularFile(installed) || Files.mismatch(source, installed) >= 0)) {
                Path partial = installed.resolveSibling(installed.getFileName() + ".new");
                Files.copy(source, partial, StandardCopyOption.REPLACE_EXISTING);
                Files.move(partial, installed, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            throw new DeviceException(
                    installed + ": cannot be written (" + e + "); once as root: cp " + source + " " + installed, e);
        }
        return installed;
    }

    /** A .bit begins with a header that the configuration port does not understand. */
    private static void refuseHeader(Path bitstream) throws DeviceException {
        try (InputStream in = Files.newInputStream(bitstream)) {
            byte[] start = in.readNBytes(4);
            if (start.length < 4) {
                throw new DeviceException(
                        bitstream + ": found " + Files.size(bitstream) + " bytes, expected a bitstream");
            }
            if (start[0] == 0 && start[1] == 9 && start[2] == 0x0f && start[3] == (byte) 0xf0) {
                throw new DeviceException(
                        bitstream
                                + ": found a .bit with its header, expected the .bit.bin that bootgen makes of it (vivado/build_overlay.tcl does)");
            }
        } catch (IOException e) {
            throw new DeviceException(bitstream + ": cannot be read (" + e + ")", e);
        }
    }
}
