// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HomeTest {

    @TempDir
    Path folder;

    @Test
    void theSocketsFolderIsForItsOwnerOnly() throws IOException {
        Home home = new Home(folder);
        home.createRun();

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.run())))
                .isEqualTo("rwx------");
        assertThat(home.shellSocket()).isEqualTo(folder.resolve("var/run/shell.sock"));
        assertThat(home.inferenceSocket()).isEqualTo(folder.resolve("var/run/inference.sock"));
    }

    @Test
    void aPathTooLongForASocketIsReplacedByAShortPrivateOne() throws IOException {
        Home home = new Home(folder.resolve("x".repeat(120)));

        Path socket = home.shellSocket();

        assertThat(socket.toString().getBytes(StandardCharsets.UTF_8).length).isLessThan(108);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket.getParent())))
                .isEqualTo("rwx------");
        assertThat(home.shellSocket()).isEqualTo(socket);
        assertThat(new Home(folder.resolve("y".repeat(120))).shellSocket()).isNotEqualTo(socket);
    }

    @Test
    void onlyOneDaemonHoldsTheLock() throws Exception {
        Home home = new Home(folder);
        assertThat(DaemonLock.find(home)).isEmpty();
        try (DaemonLock lock = DaemonLock.acquire(home)) {
            lock.ready(home.inferenceSocket());
            assertThat(Files.readString(home.run().resolve("daemon")))
                    .isEqualTo(ProcessHandle.current().pid() + "\nready\n" + folder.resolve("var/run/inference.sock")
                            + "\n");
            assertThatThrownBy(() -> DaemonLock.acquire(home))
                    .isInstanceOf(LaunchException.class)
                    .hasMessageContaining("running already");
        }
        assertThat(DaemonLock.find(home)).isEmpty();
    }
}
