// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.inference;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.saguaro.launcher.inference.Refusal.Category;

/**
 * Memory that a client shares with the daemon: a file that both have mapped. The client made it and has removed its name by
 * now. It is the connection's, which releases it.
 *
 * <p>Java unmaps when the collector comes by, which may be never. Cutting the file to nothing gives its memory back at once.
 */
final class SharedRegion {

    private final FileChannel file;
    private final MappedByteBuffer memory;

    private SharedRegion(FileChannel file, MappedByteBuffer memory) {
        this.file = file;
        this.memory = memory;
    }

    /**
     * Maps a file.
     *
     * @param path absolute, of a regular file
     * @param bytes how many, from the first on
     */
    static SharedRegion open(Path path, long bytes) throws Refusal {
        if (!path.isAbsolute() || !Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
            throw refuse(path, "found no regular file, expected the absolute path of one that the client has made");
        }
        try {
            FileChannel file = FileChannel.open(
                    path, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
            try {
                if (bytes < 1 || bytes > Integer.MAX_VALUE || bytes > file.size()) {
                    throw refuse(
                            path,
                            "found a file of " + file.size() + " bytes, of which " + bytes
                                    + " are to be shared, expected at least as many, and 1 to " + Integer.MAX_VALUE);
                }
                return new SharedRegion(file, file.map(FileChannel.MapMode.READ_WRITE, 0, bytes));
            } catch (IOException | Refusal e) {
                file.close();
                throw e;
            }
        } catch (IOException e) {
            throw refuse(path, "cannot be mapped: " + e.getMessage());
        }
    }

    private static Refusal refuse(Path path, String reason) {
        return new Refusal(Category.INVALID_INPUT, path + ": " + reason);
    }

    /**
     * A part of it.
     *
     * @throws Refusal if it is not inside, or not any more
     */
    ByteBuffer slice(long offset, long length) throws Refusal {
        if (offset < 0 || length < 0 || offset > memory.capacity() - length) {
            throw new Refusal(
                    Category.INVALID_INPUT,
                    "found " + length + " bytes at " + offset + " of the shared memory, which has "
                            + memory.capacity());
        }
        try {
            if (file.size() < offset + length) {
                throw new Refusal(
                        Category.INVALID_INPUT,
                        "the shared file has " + file.size() + " bytes by now, expected " + memory.capacity()
                                + ": keep its length as long as it is shared");
            }
        } catch (IOException e) {
            throw new Refusal(Category.INVALID_INPUT, "the shared file cannot be read: " + e.getMessage());
        }
        return memory.slice((int) offset, (int) length).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Gives the memory back. The client must not use it any more: that would end it by a signal. */
    void release() throws IOException {
        try (file) {
            file.truncate(0);
        }
    }

    /** Leaves the memory to the client, who may still use it. */
    void leave() throws IOException {
        file.close();
    }
}
