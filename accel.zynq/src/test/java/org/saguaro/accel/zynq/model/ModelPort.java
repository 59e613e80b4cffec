// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.model;

import org.jspecify.annotations.Nullable;
import org.saguaro.accel.zynq.device.DeviceException;
import org.saguaro.accel.zynq.device.EnginePort;
import org.saguaro.accel.zynq.engine.Registers;
import org.saguaro.accel.zynq.model.ModelBus.Failure;
import org.saguaro.accel.zynq.rtl.Fault;

/** One engine's registers and the life of its commands. What a command computes happens at its end. */
final class ModelPort implements EnginePort {

    private static final int CONFIGURATION_REGISTERS = 38;
    private static final int VERSION = 1 << 16;
    private static final int ACCESS_CYCLES = 4;
    private static final int PAUSE_CYCLES = 200;
    private static final int SILENCE_CYCLES = 4096;

    private final String engine;
    private final ModelUnit unit;
    private final ModelMemory memory;
    private final double cyclesPerNano;
    private final int[] configuration = new int[CONFIGURATION_REGISTERS];
    private final long[] window = new long[2];

    private int status;
    private int interruptEnable;
    private int interruptStatus;
    private int watchdog = 1 << 20;
    private long errorAddress;
    private long cycles;
    private long length;
    private long silence;

    private boolean noInterrupt;
    private boolean silent;
    private boolean gone;
    private int statusMask;
    private long errorFrom;
    private long errorTo;
    private @Nullable String end;

    ModelPort(String engine, ModelUnit unit, ModelMemory memory, long clockHz) {
        this.engine = engine;
        this.unit = unit;
        this.memory = memory;
        this.cyclesPerNano = clockHz / 1e9;
    }

    String engine() {
        return engine;
    }

    @Override
    public String description() {
        return "model " + engine;
    }

    @Override
    public synchronized int read(int offset) throws DeviceException {
        checkAlive();
        if (gone) {
            return -1;
        }
        advance(ACCESS_CYCLES);
        return switch (offset) {
            case Registers.ID -> unit.id();
            case Registers.VERSION -> VERSION;
            case Registers.CAPS0 -> unit.caps0();
            case Registers.CAPS1 -> unit.caps1();
            case Registers.STATUS -> status ^ statusMask;
            case Registers.IRQ_ENABLE -> interruptEnable;
            case Registers.IRQ_STATUS -> interruptStatus;
            case Registers.ERROR_ADDR -> (int) errorAddress;
            case Registers.ERROR_ADDR + 4 -> (int) (errorAddress >>> 32);
            case Registers.WATCHDOG -> watchdog;
            case Registers.CYCLES -> (int) cycles;
            case Registers.MEM_BASE -> (int) window[0];
            case Registers.MEM_BASE + 4 -> (int) (window[0] >>> 32);
            case Registers.MEM_LIMIT -> (int) window[1];
            case Registers.MEM_LIMIT + 4 -> (int) (window[1] >>> 32);
            default -> {
                int index = (offset - Registers.CONFIGURATION) / Integer.BYTES;
                yield index >= 0 && index < configuration.length ? configuration[index] : 0;
            }
        };
    }

    @Override
    public synchronized void write(int offset, int value) throws DeviceException {
        checkAlive();
        if (gone) {
            return;
        }
        advance(ACCESS_CYCLES);
        boolean busy = (status & Registers.BUSY) != 0;
        switch (offset) {
            case Registers.CTRL -> control(value, busy);
            case Registers.IRQ_ENABLE -> interruptEnable = value & 1;
            case Registers.IRQ_STATUS -> interruptStatus &= ~value;
            case Registers.WATCHDOG -> watchdog = value;
            default -> {
                if (!busy) {
                    configure(offset, value);
                }
            }
        }
    }

    private void configure(int offset, int value) {
        int index = (offset - Registers.CONFIGURATION) / Integer.BYTES;
        if (index >= 0 && index < configuration.length) {
            configuration[index] = value;
        }
        for (int i = 0; i < window.length; i++) {
            if (offset == Registers.MEM_BASE + 8 * i) {
                window[i] = (window[i] & 0xFF_0000_0000L) | Integer.toUnsignedLong(value);
            } else if (offset == Registers.MEM_BASE + 8 * i + 4) {
                window[i] = (window[i] & 0xFFFF_FFFFL) | (value & 0xFFL) << 32;
            }
        }
    }

    private void control(int value, boolean busy) {
        if (busy) {
            if ((value & Registers.ABORT) != 0) {
                fail(Registers.ABORTED, 0);
            }
        } else if ((value & Registers.START) != 0) {
            if ((status & Registers.HUNG) != 0) {
                status = Registers.ERROR | Registers.HUNG | Registers.REFUSED << 8;
                interruptStatus = 1;
            } else {
                status = Registers.BUSY;
                errorAddress = 0;
                cycles = 0;
                silence = 0;
                length = unit.cycles(configuration);
            }
        }
    }

    private void advance(long step) {
        if ((status & Registers.BUSY) == 0) {
            return;
        }
        cycles += step;
        if (silent) {
            silence += step;
            if (watchdog != 0 && silence > Integer.toUnsignedLong(watchdog) + SILENCE_CYCLES) {
                fail(Registers.WATCHDOG_ENDED, 0);
                status |= Registers.HUNG;
            }
        } else if (cycles >= length) {
            cycles = length;
            try {
                unit.run(configuration, new ModelBus(memory, window[0], window[1], errorFrom, errorTo));
                status = Registers.DONE;
                interruptStatus = 1;
            } catch (Failure e) {
                fail(e.code, e.address);
            }
        }
    }

    private void fail(int code, long address) {
        status = Registers.ERROR | code << 8;
        errorAddress = address;
        interruptStatus = 1;
    }

    @Override
    public synchronized boolean awaitInterrupt(long timeoutNanos) throws DeviceException {
        checkAlive();
        if (gone) {
            return false;
        }
        if (!line()) {
            advance(Math.max(1, (long) (timeoutNanos * cyclesPerNano)));
        }
        return line();
    }

    private boolean line() {
        return !noInterrupt && (interruptEnable & interruptStatus) != 0;
    }

    @Override
    public synchronized void pause() throws DeviceException {
        checkAlive();
        if (!gone) {
            advance(PAUSE_CYCLES);
        }
    }

    synchronized void fault(Fault fault, long a, long b) {
        switch (fault) {
            case HEALTHY -> {
                noInterrupt = false;
                silent = false;
                gone = false;
                statusMask = 0;
                errorFrom = 0;
                errorTo = 0;
                // The late answers come in.
                status &= ~Registers.HUNG;
            }
            case NO_INTERRUPT -> noInterrupt = true;
            case CORRUPT_STATUS -> statusMask = (int) a;
            case BUS_ERROR -> {
                errorFrom = a;
                errorTo = b;
            }
            case BUS_SILENT -> silent = true;
            case GONE -> gone = true;
        }
    }

    synchronized void end(String why) {
        end = why;
    }

    private void checkAlive() throws DeviceException {
        if (end != null) {
            throw new DeviceException(description() + ": " + end);
        }
    }
}
