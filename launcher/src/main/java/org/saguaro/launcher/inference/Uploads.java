// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.inference;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Model files that clients sent, each in a folder of its own for as long as it is being deployed. Thread-safe. */
final class Uploads {

    private static final Pattern PLAIN_NAME = Pattern.compile("[A-Za-z0-9_+-][A-Za-z0-9_.+-]{0,99}");

    private final Path folder;

    private Uploads(Path folder) {
        this.folder = folder;
    }

    /** Uses a folder for its user alone, empty at first: what is there is left by a daemon that was killed. */
    static Uploads in(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            try (Stream<Path> left = Files.list(folder)) {
                for (Path file : left.toList()) {
                    new Upload(file).close();
                }
            }
        } else {
            Files.createDirectories(folder.toAbsolutePath().getParent());
            Files.createDirectory(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        return new Uploads(folder);
    }

    /** A place for one file; closing it removes the file. What has mapped it keeps its contents. */
    Upload begin() throws IOException {
        return new Upload(Files.createTempDirectory(folder, "model-"));
    }

    /** One of them. */
    record Upload(Path folder) implements AutoCloseable {

        /** The file; it has the client's name for it if that is a plain one, because messages show it. */
        Path file(String name) {
            return folder.resolve(PLAIN_NAME.matcher(name).matches() ? name : "model.pt2");
        }

        @Override
        public void close() throws IOException {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file :
                        files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
