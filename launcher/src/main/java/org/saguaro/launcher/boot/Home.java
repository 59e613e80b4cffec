// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.boot;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.zip.CRC32;

/**
 * The folders of a distribution.
 *
 * @param root the distribution's folder, absolute
 */
record Home(Path root) {

    /** Set by {@code bin/saguaro}. */
    static final String PROPERTY = "saguaro.home";

    /** The address of a Unix domain socket has 108 bytes on Linux, a terminating zero included. */
    private static final int MAX_SOCKET_PATH_BYTES = 107;

    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    /**
     * The distribution this class belongs to.
     *
     * @throws LaunchException if the JVM was not started by {@code bin/saguaro}
     */
    static Home find() throws LaunchException {
        String home = System.getProperty(PROPERTY);
        if (home == null) {
            throw new LaunchException("-D" + PROPERTY + " is not set: start Saguaro by bin/saguaro");
        }
        return new Home(Path.of(home).toAbsolutePath().normalize());
    }

    Path bundles() {
        return root.resolve("bundle");
    }

    Path plugins() {
        return root.resolve("plugins");
    }

    Path configuration() {
        return root.resolve("conf");
    }

    Path platforms() {
        return root.resolve("platforms");
    }

    Path examples() {
        return root.resolve("examples");
    }

    Path state() {
        return root.resolve("var");
    }

    Path logs() {
        return state().resolve("log");
    }

    /** What belongs to the running daemon: lock, socket. Only its user may look inside. */
    Path run() {
        return state().resolve("run");
    }

    Path script() {
        return root.resolve("bin").resolve("saguaro");
    }

    /** Makes {@link #run()}, closed to others. */
    void createRun() throws IOException {
        createPrivate(run());
    }

    private static void createPrivate(Path folder) throws IOException {
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectories(folder.toAbsolutePath().getParent());
            Files.createDirectory(folder, OWNER_ONLY);
        }
        // Throws if the folder is someone else's.
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    }

    /** Where the shell listens; see {@link #socket}. */
    Path shellSocket() throws IOException {
        return socket("shell.sock");
    }

    /** Where programs send requests; see {@link #socket}. */
    Path inferenceSocket() throws IOException {
        return socket("inference.sock");
    }

    /**
     * A socket in {@code var/run}, or, where that is too long for an address, in a folder of this user's and this
     * distribution's own under the system's temporary folder, made here.
     */
    private Path socket(String name) throws IOException {
        Path usual = run().resolve(name);
        if (usual.toString().getBytes(StandardCharsets.UTF_8).length <= MAX_SOCKET_PATH_BYTES) {
            return usual;
        }
        CRC32 hash = new CRC32();
        hash.update(root.toString().getBytes(StandardCharsets.UTF_8));
        Path folder = Path.of(System.getProperty("java.io.tmpdir"))
                .resolve("saguaro-" + System.getProperty("user.name") + "-" + Long.toHexString(hash.getValue()));
        createPrivate(folder);
        return folder.resolve(name);
    }
}
