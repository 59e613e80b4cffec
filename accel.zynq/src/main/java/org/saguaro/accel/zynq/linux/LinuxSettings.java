// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.linux;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * How a board is reached.
 *
 * @param root of the file system: {@code /}, but for tests
 * @param name for messages
 * @param memory the u-dma-buf device that engines work in, as in {@code /dev}
 * @param memoryBytes how much of it is used, a multiple of 4096; 0: all
 * @param coherent whether the engines' ports keep the CPU's caches coherent: then nothing is synchronised
 * @param interrupts whether interrupts are waited for; else a register is looked at again and again
 * @param alreadyLoaded whether the logic was configured by somebody else (boot loader, {@code fpgautil}): then nothing is loaded, and only one overlay
 *     can be used
 * @param timeoutNanos how long loading and what the kernel makes of it may take
 */
public record LinuxSettings(
        Path root,
        String name,
        String memory,
        long memoryBytes,
        boolean coherent,
        boolean interrupts,
        boolean alreadyLoaded,
        long timeoutNanos) {

    private static final long PAGE_BYTES = 4096;

    public LinuxSettings {
        if (memory.isBlank() || memory.contains("/")) {
            throw new IllegalArgumentException(
                    "memory: found '" + memory + "', expected the name of a u-dma-buf device, for instance saguaro");
        }
        if (memoryBytes < 0 || memoryBytes % PAGE_BYTES != 0) {
            throw new IllegalArgumentException(
                    "memory.bytes: found " + memoryBytes + ", expected 0 (all) or a multiple of " + PAGE_BYTES);
        }
        if (timeoutNanos <= 0) {
            throw new IllegalArgumentException("found a time-out of " + timeoutNanos + " ns, expected more than 0");
        }
    }

    /** Everything of {@code /dev/saguaro}, interrupts, caches maintained by hand, overlays loaded by the FPGA manager within 10 s. */
    public static LinuxSettings board(String name) {
        return new LinuxSettings(Path.of("/"), name, "saguaro", 0, false, true, false, TimeUnit.SECONDS.toNanos(10));
    }

    public LinuxSettings withRoot(Path newRoot) {
        return new LinuxSettings(newRoot, name, memory, memoryBytes, coherent, interrupts, alreadyLoaded, timeoutNanos);
    }

    public LinuxSettings withMemory(String newMemory, long newBytes) {
        return new LinuxSettings(root, name, newMemory, newBytes, coherent, interrupts, alreadyLoaded, timeoutNanos);
    }

    public LinuxSettings withCoherent(boolean newCoherent) {
        return new LinuxSettings(root, name, memory, memoryBytes, newCoherent, interrupts, alreadyLoaded, timeoutNanos);
    }

    public LinuxSettings withInterrupts(boolean newInterrupts) {
        return new LinuxSettings(root, name, memory, memoryBytes, coherent, newInterrupts, alreadyLoaded, timeoutNanos);
    }

    public LinuxSettings withAlreadyLoaded(boolean newAlreadyLoaded) {
        return new LinuxSettings(root, name, memory, memoryBytes, coherent, interrupts, newAlreadyLoaded, timeoutNanos);
    }

    public LinuxSettings withTimeoutNanos(long newTimeoutNanos) {
        return new LinuxSettings(root, name, memory, memoryBytes, coherent, interrupts, alreadyLoaded, newTimeoutNanos);
    }

    Path path(String first, String... more) {
        return root.resolve(Path.of(first, more));
    }
}
