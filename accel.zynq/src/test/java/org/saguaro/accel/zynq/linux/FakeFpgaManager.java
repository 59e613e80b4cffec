// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.linux;

import com.sun.jna.Library;
import com.sun.jna.Native;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * The kernel's side of {@code fpga_manager}: a thread takes what is written to {@code firmware}, a named pipe, and goes through states. As with the kernel's, a
 * write returns when this is done, if {@link FaultyCalls#manager} is set.
 */
final class FakeFpgaManager implements AutoCloseable {

    private static final String STOP = "(stop)";

    /** What makes named pipes. */
    interface Pipes extends Library {
        int mkfifo(String path, int mode);
    }

    /** What the kernel does with a bitstream. */
    @FunctionalInterface
    interface Reaction {
        /** Returns the states that the manager goes through. */
        List<String> load(String firmware) throws IOException;
    }

    private final Path folder;
    private final FileChannel pipe;
    private final Thread kernel;
    private final Reaction reaction;
    private final List<String> loaded = new ArrayList<>();
    private int reactions;
    private int awaited;

    FakeFpgaManager(FakeBoard board, Reaction reaction) throws IOException {
        this.reaction = reaction;
        folder = board.path("sys/class/fpga_manager/fpga0");
        board.file("sys/class/fpga_manager/fpga0/state", "unknown\n")
                .file("sys/class/fpga_manager/fpga0/flags", "1\n")
                .file("sys/class/fpga_manager/fpga0/name", "Xilinx ZynqMP FPGA Manager\n");
        if (Native.load("c", Pipes.class).mkfifo(folder.resolve("firmware").toString(), 0600) != 0) {
            throw new IOException("a pipe can be made at " + folder);
        }
        // For both, or opening would wait for the other side.
        pipe = FileChannel.open(folder.resolve("firmware"), StandardOpenOption.READ, StandardOpenOption.WRITE);
        kernel = new Thread(this::run, "fake FPGA manager");
        kernel.setDaemon(true);
        kernel.start();
    }

    private void run() {
        try {
            for (String name = take(); !name.equals(STOP); name = take()) {
                synchronized (this) {
                    loaded.add(name);
                }
                for (String state : reaction.load(name)) {
                    Files.writeString(folder.resolve("state"), state + "\n");
                }
                synchronized (this) {
                    reactions++;
                    notifyAll();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What one write brings. */
    private String take() throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(256);
        pipe.read(bytes);
        return StandardCharsets.US_ASCII.decode(bytes.flip()).toString();
    }

    /** Returns when the thread has done what the last write asked for. */
    synchronized void awaitReaction() {
        awaited++;
        try {
            while (reactions < awaited) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Names written so far. */
    synchronized List<String> loaded() {
        return List.copyOf(loaded);
    }

    String flags() throws IOException {
        return Files.readString(folder.resolve("flags"));
    }

    @Override
    public void close() throws IOException {
        // Not through the channel that the thread waits in.
        Files.writeString(folder.resolve("firmware"), STOP);
        try {
            kernel.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        pipe.close();
    }
}
