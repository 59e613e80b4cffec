// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.wire;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One message between the shell's client and server: a byte that tells its kind, four bytes of length, the payload.
 *
 * <p>Works on the channel itself, because the streams of {@code Channels} cannot read and write at the same time on JDK 17.
 */
public final class Frame {

    private static final int MAX_PAYLOAD_BYTES = 1 << 20;
    private static final int HEADER_BYTES = 5;

    /** What a message is. */
    public enum Kind {
        /** Client: its working directory, against which relative paths count. First message of a connection. */
        DIRECTORY('D'),
        /** Client: run this command line. Answered by any number of OUT and ERR and one DONE. */
        EXECUTE('X'),
        /** Client: interrupt what runs. */
        CANCEL('C'),
        /** Client: complete this text, the line up to the cursor. Answered by CANDIDATES. */
        COMPLETE('T'),
        /** Server: bytes for the standard output. */
        OUT('O'),
        /** Server: bytes for the standard error output. */
        ERR('E'),
        /** Server: the command has ended; the payload is the exit code in decimal. */
        DONE('R'),
        /** Server: words that may stand in place of the last one, a line each. */
        CANDIDATES('L');

        private final char code;

        Kind(char code) {
            this.code = code;
        }

        private static @Nullable Kind of(int code) {
            for (Kind kind : values()) {
                if (kind.code == code) {
                    return kind;
                }
            }
            return null;
        }
    }

    private final Kind kind;
    private final byte[] payload;

    private Frame(Kind kind, byte[] payload) {
        this.kind = kind;
        this.payload = payload;
    }

    /** A message of text. */
    public static Frame of(Kind kind, String text) {
        return new Frame(kind, text.getBytes(StandardCharsets.UTF_8));
    }

    /** A message of bytes, copied. */
    public static Frame of(Kind kind, byte[] bytes, int offset, int length) {
        return new Frame(kind, Arrays.copyOfRange(bytes, offset, offset + length));
    }

    public Kind kind() {
        return kind;
    }

    /** The payload as text. */
    public String text() {
        return new String(payload, StandardCharsets.UTF_8);
    }

    /** A copy of the payload. */
    public byte[] bytes() {
        return payload.clone();
    }

    /**
     * Reads the next message.
     *
     * @return null if the other side closed the connection between two messages
     * @throws IOException if the connection breaks, or carries something else
     */
    public static @Nullable Frame read(ByteChannel channel) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        if (!fill(channel, header)) {
            return null;
        }
        int code = header.get();
        int length = header.getInt();
        Kind kind = Kind.of(code);
        if (kind == null || length < 0 || length > MAX_PAYLOAD_BYTES) {
            throw new IOException("found a message of kind " + code + " with " + length
                    + " bytes on the shell's socket, expected one of the known kinds and at most "
                    + MAX_PAYLOAD_BYTES + " bytes: are client and daemon of one version?");
        }
        ByteBuffer payload = ByteBuffer.allocate(length);
        if (!fill(channel, payload) && length > 0) {
            throw new EOFException("the connection ended within a message");
        }
        return new Frame(kind, payload.array());
    }

    /** Writes this message. Not to be called by two threads at once. */
    public void write(ByteChannel channel) throws IOException {
        if (payload.length > MAX_PAYLOAD_BYTES) {
            throw new IOException("a message of " + payload.length + " bytes; at most " + MAX_PAYLOAD_BYTES + " fit");
        }
        ByteBuffer message = ByteBuffer.allocate(HEADER_BYTES + payload.length);
        message.put((byte) kind.code).putInt(payload.length).put(payload).flip();
        while (message.hasRemaining()) {
            channel.write(message);
        }
    }

    /** Whether the buffer was filled; false if there was nothing at all. */
    private static boolean fill(ByteChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                if (buffer.position() == 0) {
                    return false;
                }
                throw new EOFException("the connection ended within a message");
            }
        }
        buffer.flip();
        return true;
    }

    @Override
    public String toString() {
        return kind + " (" + payload.length + " bytes)";
    }
}
