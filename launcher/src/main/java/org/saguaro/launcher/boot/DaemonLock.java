// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.boot;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Says whether a daemon runs in a distribution, and which. It is the operating system's lock on {@code var/run/daemon}, so it
 * cannot outlive the process, however that ends; the file's text is only believed while the lock is held.
 */
final class DaemonLock implements AutoCloseable {

    private static final String FILE = "daemon";
    private static final String READY = "ready";
    private static final int LOOKS_OUTWAITED = 20;
    private static final long LOOK_NANOS = 10_000_000;

    /**
     * A running daemon.
     *
     * @param pid its process
     * @param ready whether it takes commands
     */
    record Daemon(long pid, boolean ready) {}

    private final FileChannel channel;

    private DaemonLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes the lock for this process.
     *
     * @throws LaunchException if a daemon runs already
     */
    static DaemonLock acquire(Home home) throws IOException, LaunchException {
        home.createRun();
        FileChannel channel = FileChannel.open(
                file(home), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        FileLock lock = tryLock(channel);
        // Whoever looks for a daemon holds the lock for a moment; a daemon keeps it.
        for (int tries = 0; lock == null && tries < LOOKS_OUTWAITED; tries++) {
            LockSupport.parkNanos(LOOK_NANOS);
            lock = tryLock(channel);
        }
        if (lock == null) {
            channel.close();
            throw alreadyRunning(home);
        }
        DaemonLock daemon = new DaemonLock(channel);
        daemon.write("");
        return daemon;
    }

    /** Tells the others that commands are taken, and clients in other languages where they can send requests. */
    void ready(Path inferenceSocket) throws IOException {
        write(READY + "\n" + inferenceSocket);
    }

    private void write(String state) throws IOException {
        channel.truncate(0);
        channel.write(
                ByteBuffer.wrap((ProcessHandle.current().pid() + "\n" + state + "\n").getBytes(StandardCharsets.UTF_8)),
                0);
    }

    /** The daemon that runs, if any. Never to be called in the daemon's own process: it would lose the lock. */
    static Optional<Daemon> find(Home home) throws IOException {
        if (!Files.exists(file(home))) {
            return Optional.empty();
        }
        try (FileChannel channel = FileChannel.open(file(home), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            FileLock lock = tryLock(channel);
            if (lock != null) {
                lock.release();
                return Optional.empty();
            }
        }
        List<String> lines = Files.readAllLines(file(home));
        // Empty in the moment between the lock and the first write.
        return Optional.of(new Daemon(
                lines.isEmpty() || lines.get(0).isEmpty() ? -1 : Long.parseLong(lines.get(0)),
                lines.size() > 1 && lines.get(1).equals(READY)));
    }

    static LaunchException alreadyRunning(Home home) throws IOException {
        String who = find(home).map(daemon -> " (pid " + daemon.pid() + ")").orElse("");
        return new LaunchException("Saguaro is running already" + who + ": stop it first by 'saguaro stop'");
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    private static Path file(Home home) {
        return home.run().resolve(FILE);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
