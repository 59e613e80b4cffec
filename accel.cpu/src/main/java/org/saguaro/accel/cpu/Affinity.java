// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.util.BitSet;

/**
 * The cores that this process may run on, and binding a thread to some of them. Linux only; elsewhere every core counts and
 * binding does nothing. Thread-safe.
 */
public final class Affinity {

    /** Bytes of the mask handed to the kernel: 8192 cores. */
    private static final int MASK_BYTES = 1024;
    /** Stands for the calling thread. */
    private static final int SELF = 0;

    private static final boolean LINUX = System.getProperty("os.name", "").startsWith("Linux");

    private Affinity() {}

    /** The two calls of the C library. */
    interface Libc extends Library {
        int sched_getaffinity(int pid, long size, Pointer mask);

        int sched_setaffinity(int pid, long size, Pointer mask);
    }

    /** Loaded on first use. */
    private static final class Holder {
        static final Libc LIBC = Native.load("c", Libc.class);
    }

    /** Cores that the calling thread may run on, by number. */
    public static BitSet allowed() {
        BitSet cores = new BitSet();
        if (LINUX) {
            try (Memory mask = new Memory(MASK_BYTES)) {
                mask.clear();
                if (Holder.LIBC.sched_getaffinity(SELF, MASK_BYTES, mask) >= 0) {
                    cores = BitSet.valueOf(mask.getByteArray(0, MASK_BYTES));
                }
            }
        }
        if (cores.isEmpty()) {
            cores.set(0, Runtime.getRuntime().availableProcessors());
        }
        return cores;
    }

    /**
     * Binds the calling thread.
     *
     * @return whether the kernel agreed
     */
    static boolean bind(BitSet cores) {
        if (!LINUX || cores.isEmpty()) {
            return false;
        }
        byte[] bytes = cores.toByteArray();
        try (Memory mask = new Memory(MASK_BYTES)) {
            mask.clear();
            mask.write(0, bytes, 0, bytes.length);
            return Holder.LIBC.sched_setaffinity(SELF, MASK_BYTES, mask) == 0;
        }
    }
}
