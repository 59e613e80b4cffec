// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.inference;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ByteChannel;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.saguaro.formats.text.Json;
import org.saguaro.launcher.inference.Refusal.Category;

/**
 * Messages on a channel: 32 bytes that say what follows, a JSON object, the payload. Everything is little-endian. Reading and
 * writing may be done by two threads at once, each by one.
 *
 * <p>Memory is of the Java heap: the channel copies it in pieces through a small buffer that belongs to the thread, so that no
 * direct memory waits for the collector between the blocks that libtorch takes and gives back.
 */
final class MessageChannel {

    /** {@code SGRO} as an int. */
    static final int MAGIC = 0x4f524753;

    static final int VERSION = 1;

    /** Tensors begin at multiples of this, counted from the message's first byte. */
    static final int ALIGNMENT = 64;

    static final int MAX_HEADER_BYTES = 1 << 20;
    /** Larger tensors come through shared memory. */
    static final int MAX_PAYLOAD_BYTES = 64 << 20;

    static final long MAX_UPLOAD_BYTES = 16L << 30;

    private static final int PREFIX_BYTES = 32;
    /** Of one system call. The kernel's buffer of a Unix socket is not larger. */
    private static final int PIECE_BYTES = 128 << 10;

    private static final int FIRST_ALLOCATION_BYTES = 1 << 20;

    private final ByteChannel channel;
    private final ByteBuffer prefix = ByteBuffer.allocate(PREFIX_BYTES).order(ByteOrder.LITTLE_ENDIAN);

    /** Kept for the next payload. */
    private ByteBuffer inputs = ByteBuffer.allocate(0);

    MessageChannel(ByteChannel channel) {
        this.channel = channel;
    }

    /**
     * Reads the next request up to its payload, which is to be taken by one of the other methods before the next call.
     *
     * @return null if the client closed the connection between two messages
     * @throws Refusal if the bytes are no request; nothing more can be read then
     * @throws IOException if the connection breaks
     */
    @Nullable
    Message read() throws IOException, Refusal {
        prefix.clear();
        if (channel.read(prefix) < 0) {
            return null;
        }
        fill(prefix);
        int magic = prefix.getInt(0);
        int version = Short.toUnsignedInt(prefix.getShort(4));
        int code = Short.toUnsignedInt(prefix.getShort(6));
        long id = prefix.getLong(8);
        long headerBytes = Integer.toUnsignedLong(prefix.getInt(16));
        long payloadBytes = prefix.getLong(24);
        if (magic != MAGIC) {
            throw protocol("found 0x%08x at the beginning of a message, expected 0x%08x ('SGRO')", magic, MAGIC);
        }
        if (version != VERSION) {
            throw protocol(
                    "found protocol version %d, this daemon speaks %d: install the client that came with it",
                    version, VERSION);
        }
        Kind kind = Kind.request(code);
        if (kind == null) {
            throw protocol("found a message of kind %d, which is no request", code);
        }
        if (headerBytes > MAX_HEADER_BYTES) {
            throw protocol("found a header of %d bytes, expected at most %d", headerBytes, MAX_HEADER_BYTES);
        }
        long bound = payloadBound(kind);
        if (payloadBytes < 0 || payloadBytes > bound) {
            throw protocol(
                    "found a payload of %s bytes, expected at most %d of a %s request%s",
                    Long.toUnsignedString(payloadBytes),
                    bound,
                    kind,
                    kind == Kind.INFER ? ": pass larger tensors in shared memory" : "");
        }
        byte[] text = new byte[(int) headerBytes];
        fill(ByteBuffer.wrap(text));
        return new Message(kind, id, parse(text), payloadBytes);
    }

    private static long payloadBound(Kind kind) {
        return switch (kind) {
            case INFER -> MAX_PAYLOAD_BYTES;
            case DEPLOY -> MAX_UPLOAD_BYTES;
            case HELLO,
                    UNDEPLOY,
                    LIST,
                    PLACEMENT,
                    SHARE,
                    OPEN_SESSION,
                    CLOSE_SESSION,
                    RESET,
                    CALL,
                    CANCEL,
                    RESULT,
                    ERROR -> 0;
        };
    }

    private static JsonNode parse(byte[] text) throws Refusal {
        try {
            JsonNode header = Json.parse(text);
            if (header.isObject()) {
                return header;
            }
        } catch (IOException e) {
            throw protocol("the header is no JSON: %s", String.valueOf(e.getMessage()));
        }
        throw protocol("found a header that is no JSON object, expected one");
    }

    private static Refusal protocol(String format, Object... arguments) {
        return new Refusal(Category.PROTOCOL, String.format(Locale.ROOT, format, arguments));
    }

    /** The payload in memory, valid until the next call. Memory is taken as the bytes arrive, not as they are promised. */
    ByteBuffer payload(Message message) throws IOException {
        int length = Math.toIntExact(message.payloadBytes());
        ByteBuffer buffer = inputs;
        if (buffer.capacity() < length) {
            buffer = ByteBuffer.allocate(Math.min(length, FIRST_ALLOCATION_BYTES));
        }
        buffer.clear().limit(Math.min(length, buffer.capacity()));
        fill(buffer);
        while (buffer.position() < length) {
            byte[] larger = Arrays.copyOf(buffer.array(), (int) Math.min(length, 2L * buffer.capacity()));
            buffer = ByteBuffer.wrap(larger).position(buffer.position());
            fill(buffer);
        }
        // A large one is not kept for a client that may never send one again.
        inputs = buffer.capacity() <= FIRST_ALLOCATION_BYTES ? buffer : ByteBuffer.allocate(0);
        return buffer.flip().slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Writes the payload to a file.
     *
     * @throws Refusal if the file cannot be written; the payload has been read all the same
     */
    void payload(Message message, FileChannel file) throws IOException, Refusal {
        ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES);
        IOException failure = null;
        for (long left = message.payloadBytes(); left > 0; ) {
            piece.clear().limit((int) Math.min(left, piece.capacity()));
            fill(piece);
            left -= piece.flip().remaining();
            try {
                while (failure == null && piece.hasRemaining()) {
                    file.write(piece);
                }
            } catch (IOException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw new Refusal(
                    Category.DEPLOYMENT, "the daemon cannot store the model that was sent: " + failure.getMessage());
        }
    }

    private void fill(ByteBuffer buffer) throws IOException {
        int end = buffer.limit();
        while (buffer.position() < end) {
            buffer.limit(Math.min(end, buffer.position() + PIECE_BYTES));
            if (channel.read(buffer) < 0) {
                throw new EOFException("the connection ended within a message");
            }
        }
        buffer.limit(end);
    }

    /** Writes an answer. */
    void write(long id, Answer answer) throws IOException {
        byte[] header = Json.bytes(answer.header());
        int headerBytes = Math.toIntExact(aligned(PREFIX_BYTES + header.length) - PREFIX_BYTES);
        long payloadBytes = payloadBytes(answer.tensors());
        boolean small = payloadBytes <= PIECE_BYTES;
        ByteBuffer head = ByteBuffer.allocate(PREFIX_BYTES + headerBytes + (small ? (int) payloadBytes : 0))
                .order(ByteOrder.LITTLE_ENDIAN);
        head.putInt(MAGIC)
                .putShort((short) VERSION)
                .putShort((short) answer.kind().code())
                .putLong(id)
                .putInt(headerBytes)
                .putInt(0)
                .putLong(payloadBytes)
                .put(header);
        while (head.position() < PREFIX_BYTES + headerBytes) {
            head.put((byte) ' ');
        }
        if (small) {
            long offset = 0;
            for (ByteBuffer tensor : answer.tensors()) {
                head.position(PREFIX_BYTES + headerBytes + (int) offset).put(tensor.duplicate());
                offset = aligned(offset + tensor.remaining());
            }
            drain(head.clear());
            return;
        }
        drain(head.flip());
        long offset = 0;
        for (ByteBuffer tensor : answer.tensors()) {
            drain(ByteBuffer.allocate((int) (aligned(offset) - offset)));
            offset = aligned(offset) + tensor.remaining();
            drain(tensor.duplicate());
        }
    }

    /** The next multiple of {@link #ALIGNMENT}. */
    static long aligned(long offset) {
        return (offset + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    /** Bytes of tensors that begin at multiples of {@link #ALIGNMENT}. */
    static long payloadBytes(List<ByteBuffer> tensors) {
        long bytes = 0;
        for (ByteBuffer tensor : tensors) {
            bytes = aligned(bytes) + tensor.remaining();
        }
        return bytes;
    }

    private void drain(ByteBuffer buffer) throws IOException {
        int end = buffer.limit();
        while (buffer.position() < end) {
            buffer.limit(Math.min(end, buffer.position() + PIECE_BYTES));
            channel.write(buffer);
        }
    }
}
