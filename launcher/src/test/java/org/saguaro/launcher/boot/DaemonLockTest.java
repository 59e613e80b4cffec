// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DaemonLockTest {

    @TempDir
    Path folder;

    /** {@code saguaro start} looks for its daemon again and again while that one takes its lock. */
    @Test
    void outwaitsThoseWhoLookForADaemon() throws Exception {
        Home home = new Home(folder);
        home.createRun();
        try (FileChannel looking =
                FileChannel.open(home.run().resolve("daemon"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            FileLock look = looking.lock();
            AtomicReference<Thread> thread = new AtomicReference<>();
            CompletableFuture<DaemonLock> daemon = CompletableFuture.supplyAsync(
                    () -> {
                        thread.set(Thread.currentThread());
                        try {
                            return DaemonLock.acquire(home);
                        } catch (Exception e) {
                            throw new IllegalStateException(e);
                        }
                    },
                    command -> new Thread(command, "daemon").start());
            while (!daemon.isDone()
                    && (thread.get() == null || thread.get().getState() != Thread.State.TIMED_WAITING)) {
                Thread.onSpinWait();
            }
            look.release();
            try (DaemonLock lock = daemon.get(10, TimeUnit.SECONDS)) {
                assertThat(lock).isNotNull();
            }
        }
    }

    @Test
    void saysThatADaemonRuns() throws Exception {
        Home home = new Home(folder);
        try (DaemonLock first = DaemonLock.acquire(home)) {
            assertThat(first).isNotNull();
            assertThatThrownBy(() -> DaemonLock.acquire(home))
                    .isInstanceOf(LaunchException.class)
                    .hasMessageContaining("Saguaro is running already")
                    .hasMessageContaining("saguaro stop");
        }
    }
}
