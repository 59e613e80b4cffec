// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.saguaro.accel.zynq.device.DeviceException;
import org.saguaro.accel.zynq.device.Overlay;

/**
 * Overlays of the device tree, through configfs: a folder made is an overlay, a folder removed takes its devices away. Xilinx' kernels have it. What the
 * folder's file {@code path} gets is loaded from the firmware folder.
 */
final class DeviceTree {

    private static final String PREFIX = "saguaro-";
    private static final String APPLIED = "applied";

    private static final String HINT =
            "needs root and a kernel with CONFIG_OF_CONFIGFS (Xilinx'); else apply the device tree at boot and leave deviceTree out of the manifest (docs/zcu102.md)";

    private final LinuxSettings settings;
    private final SystemCalls calls;
    private final SystemFiles files;

    DeviceTree(LinuxSettings settings, SystemCalls calls, SystemFiles files) {
        this.settings = settings;
        this.calls = calls;
        this.files = files;
    }

    private Path overlays() {
        return settings.path("sys", "kernel", "config", "device-tree", "overlays");
    }

    /** Takes away what we have applied, in this process or one before. */
    void removeOurs() throws DeviceException {
        for (Path folder : SystemFiles.list(overlays())) {
            if (folder.getFileName().toString().startsWith(PREFIX)) {
                int answer = calls.removeFolder(folder.toString());
                if (answer < 0 && !Errno.ENOENT.is(answer)) {
                    throw SystemFiles.refused(folder, "cannot be removed", answer, HINT);
                }
            }
        }
    }

    void apply(Overlay overlay, Path blob) throws DeviceException {
        Path installed = install(blob);
        Path folder = overlays().resolve(PREFIX + overlay.name());
        int answer = calls.makeFolder(folder.toString());
        if (answer < 0) {
            throw SystemFiles.refused(folder, "cannot be made", answer, HINT);
        }
        try {
            files.write(folder.resolve("path"), String.valueOf(installed.getFileName()), HINT + "; see dmesg");
            String status = files.text(folder.resolve("status"), HINT);
            if (!status.equals(APPLIED)) {
                throw new DeviceException(
                        folder.resolve("status") + ": found '" + SystemFiles.shown(status) + "', expected " + APPLIED
                                + "; see dmesg: " + installed + " may not fit the base device tree (dtc -@)");
            }
        } catch (DeviceException e) {
            calls.removeFolder(folder.toString());
            throw e;
        }
    }

    private Path install(Path blob) throws DeviceException {
        Path installed = settings.path("lib", "firmware").resolve(blob.getFileName());
        Path source = Files.isRegularFile(blob) ? blob : installed;
        if (!Files.isRegularFile(source)) {
            throw new DeviceException(blob + ": found no device tree there and none at " + installed
                    + "; make it: dtc -@ -O dtb -o " + blob.getFileName() + " from the .dtso");
        }
        try {
            if (!source.equals(installed)
                    && (!Files.isRegularFile(installed) || Files.mismatch(source, installed) >= 0)) {
                Files.copy(source, installed, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            throw new DeviceException(
                    installed + ": cannot be written (" + e + "); once as root: cp " + source + " " + installed, e);
        }
        return installed;
    }
}
