// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.rtl;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.zynq.device.DeviceException;

/**
 * The functions of libsaguaro_rtl, as rtl/shim/saguaro_rtl.h declares them. Bound directly, so that a register access makes no garbage; therefore a process
 * has one such library.
 */
final class SaguaroRtl {

    private static final int ABI = 2;

    private static @Nullable Path loaded;

    private SaguaroRtl() {}

    /**
     * Binds the functions.
     *
     * @param library absolute
     * @throws DeviceException if it cannot be loaded, is of another ABI, or another library is bound already
     */
    static synchronized void bind(Path library) throws DeviceException {
        Path file = library.toAbsolutePath().normalize();
        if (file.equals(loaded)) {
            return;
        }
        if (loaded != null) {
            throw new DeviceException(
                    "rtl: this process already simulates with " + loaded + ", restart it to simulate with " + file);
        }
        if (!Files.isRegularFile(file)) {
            throw new DeviceException("rtl: there is no library " + file + "; make shim in accel.zynq/rtl builds it");
        }
        try {
            NativeLibrary found = NativeLibrary.getInstance(file.toString());
            int abi = found.getFunction("saguaro_rtl_abi").invokeInt(new Object[0]);
            if (abi != ABI) {
                throw new DeviceException("rtl: " + file + " has ABI version " + abi + ", expected " + ABI
                        + "; build it from this release's sources");
            }
            Native.register(SaguaroRtl.class, found);
            loaded = file;
        } catch (UnsatisfiedLinkError e) {
            throw new DeviceException("rtl: " + file + " cannot be loaded: " + e.getMessage(), e);
        }
    }

    /** Why the calling thread's last call failed. */
    static String lastError() {
        return saguaro_rtl_last_error().getString(0);
    }

    static native @Nullable Pointer saguaro_rtl_create(String engines, long memoryBase, long memoryBytes, long seed);

    static native void saguaro_rtl_destroy(Pointer device);

    static native int saguaro_rtl_load(Pointer device, String engines);

    static native Pointer saguaro_rtl_last_error();

    static native int saguaro_rtl_read(Pointer device, int engine, int offset);

    static native void saguaro_rtl_write(Pointer device, int engine, int offset, int value);

    static native int saguaro_rtl_step(Pointer device, int engine, long cycles);

    static native int saguaro_rtl_wait(Pointer device, int engine, long maxCycles);

    static native Pointer saguaro_rtl_host_memory(Pointer device);

    static native @Nullable Pointer saguaro_rtl_hold_host_memory(Pointer device);

    static native void saguaro_rtl_release_host_memory(Pointer hold);

    static native int saguaro_rtl_sync_for_device(Pointer device, long offset, long bytes);

    static native int saguaro_rtl_sync_for_cpu(Pointer device, long offset, long bytes);

    static native int saguaro_rtl_bus(
            Pointer device, int engine, int latencyMin, int latencyMax, int readyPercent, int dataPercent);

    static native int saguaro_rtl_fault(Pointer device, int engine, int kind, long a, long b);
}
