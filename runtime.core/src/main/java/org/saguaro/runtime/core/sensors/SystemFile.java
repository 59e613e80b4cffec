// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.sensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * A file of the kernel that is read again and again: opened once, read at offset 0. A read that fails closes it, and the next one tries
 * to open it again: devices are unbound, powered down, or have no value for now ({@code EAGAIN}). Not thread-safe.
 */
final class SystemFile implements AutoCloseable {

    private static final int FIRST_BYTES = 256;

    private final Path path;
    private @Nullable FileChannel channel;
    private ByteBuffer buffer = ByteBuffer.allocate(FIRST_BYTES);

    SystemFile(Path path) {
        this.path = path;
    }

    Path path() {
        return path;
    }

    /** Its text now; null if it cannot be read. */
    @Nullable
    String text() {
        try {
            FileChannel open = channel;
            if (open == null) {
                open = FileChannel.open(path, StandardOpenOption.READ);
                channel = open;
            }
            int length = fill(open);
            return new String(buffer.array(), 0, length, StandardCharsets.ISO_8859_1).strip();
        } catch (IOException e) {
            close();
            return null;
        }
    }

    /** Reads at offset 0, as far as there is something; short reads occur where the kernel makes its text piece by piece. */
    private int fill(FileChannel open) throws IOException {
        buffer.clear();
        while (open.read(buffer, buffer.position()) > 0) {
            if (!buffer.hasRemaining()) {
                ByteBuffer larger = ByteBuffer.allocate(2 * buffer.capacity());
                buffer = larger.put(buffer.flip());
            }
        }
        return buffer.position();
    }

    /** The number that it holds now; empty if it cannot be read, or holds something else. */
    OptionalDouble number() {
        String text = text();
        if (text == null || text.isEmpty()) {
            return OptionalDouble.empty();
        }
        try {
            double value = Double.parseDouble(text);
            return Double.isFinite(value) ? OptionalDouble.of(value) : OptionalDouble.empty();
        } catch (NumberFormatException e) {
            return OptionalDouble.empty();
        }
    }

    @Override
    public void close() {
        FileChannel open = channel;
        channel = null;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                // It was only read: there is nothing to lose.
                buffer.clear();
            }
        }
    }
}
