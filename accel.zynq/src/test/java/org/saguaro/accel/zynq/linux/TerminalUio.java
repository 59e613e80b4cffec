// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.linux;

import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/**
 * The kernel's side of a UIO device's interrupt, behind a real node: a pseudo-terminal, which like UIO takes writes and makes reads wait. A level interrupt:
 * when the line is high and not masked, it fires, which masks it; a write of 1 lets it through again, and it fires at once if the line is still high.
 */
final class TerminalUio implements AutoCloseable {

    private static final int O_RDWR_NOCTTY = 2 | 0x100;
    private static final int TCSANOW = 0;
    private static final int TERMIOS_BYTES = 256;
    private static final int NAME_BYTES = 256;
    private static final int STOP = 2;

    /** What opens pseudo-terminals. */
    interface Terminals extends Library {
        int posix_openpt(int flags);

        int grantpt(int fd);

        int unlockpt(int fd);

        int ptsname_r(int fd, Pointer buffer, long length);

        int tcgetattr(int fd, Pointer termios);

        void cfmakeraw(Pointer termios);

        int tcsetattr(int fd, int actions, Pointer termios);
    }

    private final LibC calls = new LibC();
    private final int master;
    /** Held open: without it the master's reads fail until the driver opens. */
    private final int slave;

    private final Thread kernel;
    private final Memory out = new Memory(Integer.BYTES);

    private boolean line;
    private boolean masked = true;
    private int events;
    private int controls;

    /** @param node becomes a link to the terminal */
    TerminalUio(Path node) throws IOException {
        Terminals terminals = Native.load("c", Terminals.class);
        master = terminals.posix_openpt(O_RDWR_NOCTTY);
        Assumptions.assumeTrue(master >= 0, "this machine gives no pseudo-terminals");
        try (Memory termios = new Memory(TERMIOS_BYTES);
                Memory name = new Memory(NAME_BYTES)) {
            Assumptions.assumeTrue(
                    terminals.grantpt(master) == 0
                            && terminals.unlockpt(master) == 0
                            && terminals.ptsname_r(master, name, NAME_BYTES) == 0
                            && terminals.tcgetattr(master, termios) == 0,
                    "this machine gives no pseudo-terminals");
            terminals.cfmakeraw(termios);
            if (terminals.tcsetattr(master, TCSANOW, termios) != 0) {
                throw new IOException("the terminal can be made raw");
            }
            Files.deleteIfExists(node);
            Files.createSymbolicLink(node, Path.of(name.getString(0)));
            slave = calls.open(name.getString(0), SystemCalls.READ_WRITE);
        }
        kernel = new Thread(this::run, "fake kernel");
        kernel.setDaemon(true);
        kernel.start();
    }

    /** Takes what the driver writes, until it is told to stop. */
    private void run() {
        try (Memory in = new Memory(Integer.BYTES)) {
            while (calls.read(master, Pointer.nativeValue(in), Integer.BYTES) == Integer.BYTES
                    && in.getInt(0) != STOP) {
                control(in.getInt(0) == 0);
            }
        }
        // Only now: a thread that reads would keep the terminal alive.
        calls.close(master);
    }

    private synchronized void control(boolean mask) {
        masked = mask;
        controls++;
        fireIfDue();
        notifyAll();
    }

    /** The engine's interrupt line. */
    synchronized void line(boolean high) {
        line = high;
        fireIfDue();
    }

    private void fireIfDue() {
        if (line && !masked) {
            masked = true;
            event();
        }
    }

    /** An event whatever the line is, as one that was on its way. */
    synchronized void event() {
        out.setInt(0, ++events);
        calls.write(master, Pointer.nativeValue(out), Integer.BYTES);
    }

    synchronized int events() {
        return events;
    }

    /** Returns when the driver has written so often. */
    synchronized void awaitControls(int count) throws InterruptedException {
        while (controls < count) {
            wait();
        }
    }

    synchronized boolean isMasked() {
        return masked;
    }

    /** The device goes: whoever reads gets an error. */
    void unplug() {
        if (kernel.isAlive()) {
            try (Memory stop = new Memory(Integer.BYTES)) {
                stop.setInt(0, STOP);
                calls.write(slave, Pointer.nativeValue(stop), Integer.BYTES);
            }
            join();
            calls.close(slave);
        }
    }

    private void join() {
        try {
            kernel.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        unplug();
    }
}
