// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.engine;

import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.zynq.device.DeviceException;
import org.saguaro.accel.zynq.device.DmaRegion;
import org.saguaro.accel.zynq.device.EnginePort;

/**
 * What all engines share: who they are, a command's life, and what can go wrong in it. Before its first command, and before the next one after a failure, an
 * engine is identified, stopped if it is busy, and told its memory again. Used by one thread at a time.
 *
 * <p>Caches are the caller's: before a run, inputs <em>and</em> outputs are synchronised for the device, since what the CPU once wrote to an output may
 * otherwise be evicted over the result; after it, outputs for the CPU.
 *
 * <p>Failures: {@code DEVICE_LOST} if the engine or what is behind it cannot be trusted, {@code KERNEL_FAILED} if it refuses the command.
 */
public abstract sealed class Engine permits ConvEngine, FftEngine, ZipEngine {

    private static final int VERSION_MAJOR = 1;
    /** Looks at a busy engine whose cycles stand still, until it counts as dead. */
    private static final int STANDSTILL_LOOKS = 1_000;
    /** Looks at an engine that was aborted: it has 4096 cycles to finish on the bus. */
    private static final int ABORT_LOOKS = 100_000;
    /** Looks at an engine to which the memory owes answers: they may be late. */
    private static final int LATE_LOOKS = 100;
    /** Interrupts without a reason, until the line counts as broken. */
    private static final int SPURIOUS_INTERRUPTS = 1_000;
    /** A command that takes so many times what is expected, and this many cycles more, does not end. */
    private static final int PATIENCE = 32;

    private static final long PATIENCE_CYCLES = 4_000_000;

    private final EnginePort port;
    private final DmaRegion memory;
    private final EngineSettings settings;
    private final int id;
    private boolean ready;

    Engine(EnginePort port, DmaRegion memory, EngineSettings settings, int id) {
        this.port = port;
        this.memory = memory;
        this.settings = settings;
        this.id = id;
    }

    /** Which one it is, for messages. Any thread. */
    public String description() {
        return port.description();
    }

    /**
     * Sees to it that the engine is there and idle, and knows its memory; cheap if nothing has failed since. Every run begins with it.
     *
     * @throws AccelException {@code DEVICE_LOST} if it is not; the message says what to check
     */
    public final void ensureReady() throws AccelException {
        if (ready) {
            return;
        }
        try {
            identify();
            stop();
            long begin = memory.physicalAddress();
            writeAddress(Registers.MEM_BASE, begin);
            writeAddress(Registers.MEM_LIMIT, begin + memory.bytes().capacity());
            port.write(Registers.WATCHDOG, settings.watchdogCycles());
            port.write(Registers.IRQ_ENABLE, settings.interrupts() ? 1 : 0);
            port.write(Registers.IRQ_STATUS, 1);
            if (port.read(Registers.MEM_BASE) != (int) begin) {
                throw lost(
                        "its registers do not keep what is written; check that the clock of the programmable logic runs");
            }
            ready = true;
        } catch (DeviceException e) {
            throw lost(e);
        }
    }

    private void identify() throws AccelException, DeviceException {
        int found = port.read(Registers.ID);
        if (found != id) {
            throw lost(String.format(
                    "expected an engine with id 0x%08x, found 0x%08x; %s",
                    id,
                    found,
                    found == -1
                            ? "the device does not answer: is the programmable logic loaded and clocked?"
                            : "check that the overlay's manifest and bitstream belong together"));
        }
        int version = port.read(Registers.VERSION);
        if (version >>> 16 != VERSION_MAJOR) {
            throw lost(String.format(
                    "expected version %d.x, found %d.%d; load a bitstream made from this release's RTL",
                    VERSION_MAJOR, version >>> 16, version & 0xFFFF));
        }
        checkCapabilities(port.read(Registers.CAPS0), port.read(Registers.CAPS1));
    }

    /** Takes note of what this instance can do. */
    abstract void checkCapabilities(int caps0, int caps1) throws AccelException;

    private void stop() throws AccelException, DeviceException {
        int status = port.read(Registers.STATUS);
        for (int look = 0; (status & Registers.BUSY) != 0; look++) {
            if (look == 0) {
                port.write(Registers.CTRL, Registers.ABORT);
            }
            if (look == ABORT_LOOKS || Registers.impossible(status)) {
                throw lost(status, "it is busy and cannot be stopped; load the overlay again");
            }
            port.pause();
            status = port.read(Registers.STATUS);
        }
        if (Registers.impossible(status)) {
            throw lost(status, "no engine has such a status: the registers cannot be trusted");
        }
        for (int look = 0; (status & Registers.HUNG) != 0 && look < LATE_LOOKS; look++) {
            port.pause();
            status = port.read(Registers.STATUS);
        }
        if ((status & Registers.HUNG) != 0) {
            throw lost(status, "the memory bus still owes it answers; load the overlay again if that lasts");
        }
    }

    /** Writes a register of the configuration. */
    final void configure(int index, int value) throws DeviceException {
        port.write(Registers.CONFIGURATION + Integer.BYTES * index, value);
    }

    /** Writes two registers of the configuration, the low word first. */
    final void configureAddress(int index, long address) throws DeviceException {
        writeAddress(Registers.CONFIGURATION + Integer.BYTES * index, address);
    }

    private void writeAddress(int offset, long address) throws DeviceException {
        port.write(offset, (int) address);
        port.write(offset + Integer.BYTES, (int) (address >>> 32));
    }

    /**
     * Runs the configured command to its end.
     *
     * @return the cycles it took, by the engine's own count
     */
    final long complete(long expectedCycles) throws AccelException, DeviceException {
        boolean ended = false;
        try {
            port.write(Registers.IRQ_STATUS, 1);
            port.write(Registers.CTRL, Registers.START);
            long most = expectedCycles * PATIENCE + PATIENCE_CYCLES;
            int status = settings.interrupts() ? awaitInterrupt(most) : poll(most);
            port.write(Registers.IRQ_STATUS, 1);
            check(status);
            long cycles = Integer.toUnsignedLong(port.read(Registers.CYCLES));
            ended = true;
            return cycles;
        } finally {
            ready = ended;
        }
    }

    private int awaitInterrupt(long mostCycles) throws AccelException, DeviceException {
        long lastCycles = -1;
        int spurious = 0;
        while (true) {
            boolean interrupted = port.awaitInterrupt(settings.timeoutNanos());
            int status = port.read(Registers.STATUS);
            if (Registers.impossible(status) || (interrupted && (status & Registers.BUSY) == 0)) {
                return status;
            }
            if ((status & Registers.BUSY) == 0) {
                // It may have stopped just now.
                if (port.awaitInterrupt(settings.timeoutNanos())) {
                    return status;
                }
                throw lost(
                        status,
                        "it stopped, but its interrupt did not come within " + settings.timeoutNanos() / 1_000_000
                                + " ms; check the interrupt's line in the device tree, or set interrupts to false");
            }
            // Busy: an interrupt of an earlier command, or the command is long.
            if (interrupted && ++spurious == SPURIOUS_INTERRUPTS) {
                throw lost(
                        status,
                        "it interrupts again and again while it is busy; check the interrupt's line in the device tree");
            }
            long cycles = Integer.toUnsignedLong(port.read(Registers.CYCLES));
            if (!interrupted && cycles == lastCycles) {
                throw lost(status, "it is busy, but its cycles stand still at " + cycles + "; check its clock");
            }
            checkPatience(status, cycles, mostCycles);
            lastCycles = cycles;
        }
    }

    private int poll(long mostCycles) throws AccelException, DeviceException {
        long lastCycles = -1;
        int standstill = 0;
        while (true) {
            int status = port.read(Registers.STATUS);
            if (Registers.impossible(status) || (status & Registers.BUSY) == 0) {
                return status;
            }
            long cycles = Integer.toUnsignedLong(port.read(Registers.CYCLES));
            standstill = cycles == lastCycles ? standstill + 1 : 0;
            if (standstill == STANDSTILL_LOOKS) {
                throw lost(status, "it is busy, but its cycles stand still at " + cycles + "; check its clock");
            }
            checkPatience(status, cycles, mostCycles);
            lastCycles = cycles;
            port.pause();
        }
    }

    private void checkPatience(int status, long cycles, long most) throws AccelException, DeviceException {
        if (cycles > most) {
            port.write(Registers.CTRL, Registers.ABORT);
            throw lost(status, "the command does not end: it has taken " + cycles + " cycles");
        }
    }

    private void check(int status) throws AccelException, DeviceException {
        if (status == Registers.DONE) {
            return;
        }
        if (Registers.impossible(status) || (status & Registers.ERROR) == 0) {
            throw lost(
                    status,
                    status == -1
                            ? "the device does not answer: is the programmable logic loaded and clocked?"
                            : "no command ends with such a status: the registers cannot be trusted");
        }
        switch (Registers.errorCode(status)) {
            case Registers.BAD_CONFIG ->
                throw new AccelException(
                        AccelException.Category.KERNEL_FAILED,
                        message(status, "it refused the command's configuration"));
            case Registers.BAD_ADDRESS ->
                throw new AccelException(
                        AccelException.Category.KERNEL_FAILED,
                        message(status, "the command leaves the engine's memory at " + errorAddress()));
            case Registers.READ_ERROR ->
                throw lost(
                        status,
                        "the memory answered a read at " + errorAddress()
                                + " with an error; check the DMA memory's address and the firewall");
            case Registers.WRITE_ERROR ->
                throw lost(
                        status,
                        "the memory answered a write at " + errorAddress()
                                + " with an error; check the DMA memory's address and the firewall");
            case Registers.WATCHDOG_ENDED ->
                throw lost(
                        status,
                        "nothing moved for " + settings.watchdogCycles() + " cycles"
                                + ((status & Registers.HUNG) != 0 ? ", and the memory bus is silent" : "")
                                + "; check the memory port");
            case Registers.ABORTED -> throw lost(status, "somebody stopped it; does another process use the device?");
            default -> throw lost(status, "the memory bus owes it answers; load the overlay again");
        }
    }

    private String errorAddress() throws DeviceException {
        long low = Integer.toUnsignedLong(port.read(Registers.ERROR_ADDR));
        return String.format("0x%x", low | (long) port.read(Registers.ERROR_ADDR + Integer.BYTES) << 32);
    }

    private String message(int status, String what) {
        return String.format("%s: %s (status 0x%08x)", port.description(), what, status);
    }

    private AccelException lost(int status, String what) {
        return new AccelException(AccelException.Category.DEVICE_LOST, message(status, what));
    }

    /** A device that cannot be used. */
    final AccelException lost(String what) {
        ready = false;
        return new AccelException(AccelException.Category.DEVICE_LOST, port.description() + ": " + what);
    }

    /** A device that cannot be reached. */
    final AccelException lost(DeviceException cause) {
        ready = false;
        return new AccelException(
                AccelException.Category.DEVICE_LOST, port.description() + ": " + cause.getMessage(), cause);
    }
}
