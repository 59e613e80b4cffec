// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.inference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A client as docs/protocol.md describes it, written against that page and not with the server's classes. */
public final class ProtocolClient implements AutoCloseable {

    public static final int HELLO = 1;
    public static final int DEPLOY = 2;
    public static final int UNDEPLOY = 3;
    public static final int LIST = 4;
    public static final int PLACEMENT = 5;
    public static final int INFER = 6;
    public static final int SHARE = 7;
    public static final int OPEN_SESSION = 8;
    public static final int CLOSE_SESSION = 9;
    public static final int RESET = 10;
    public static final int CALL = 11;
    public static final int CANCEL = 12;
    public static final int RESULT = 128;
    public static final int ERROR = 129;

    private final SocketChannel channel;

    /** What came back. */
    public record Reply(int kind, long id, JsonNode header, ByteBuffer payload) {
        public String category() {
            return header.path("category").asText();
        }

        public String message() {
            return header.path("message").asText();
        }
    }

    private ProtocolClient(SocketChannel channel) {
        this.channel = channel;
    }

    public static ProtocolClient connect(Path socket) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(socket));
        return new ProtocolClient(channel);
    }

    /** Sends a request and waits for its answer. */
    public Reply call(int kind, String header, byte... payload) throws IOException {
        send(kind, 7, header, payload);
        return receive();
    }

    public void send(int kind, long id, String header, byte... payload) throws IOException {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        sendPrefix("SGRO", 1, kind, id, text.length, payload.length);
        sendBytes(text);
        sendBytes(payload);
    }

    public void sendPrefix(String magic, int version, int kind, long id, int headerBytes, long payloadBytes)
            throws IOException {
        ByteBuffer prefix = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
        prefix.put(magic.getBytes(StandardCharsets.US_ASCII))
                .putShort((short) version)
                .putShort((short) kind)
                .putLong(id)
                .putInt(headerBytes)
                .putInt(0)
                .putLong(payloadBytes);
        sendBytes(prefix.array());
    }

    public void sendBytes(byte... bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    public Reply receive() throws IOException {
        ByteBuffer prefix = read(32);
        if (prefix.getInt(0) != 0x4f524753 || prefix.getShort(4) != 1) {
            throw new AssertionError("expected a message of version 1, found 0x" + Integer.toHexString(prefix.getInt(0))
                    + ", version " + prefix.getShort(4));
        }
        int headerBytes = prefix.getInt(16);
        if ((32 + headerBytes) % 64 != 0) {
            throw new AssertionError("the payload begins at " + (32 + headerBytes) + ", expected a multiple of 64");
        }
        JsonNode header = new ObjectMapper().readTree(read(headerBytes).array());
        ByteBuffer payload = read(Math.toIntExact(prefix.getLong(24)));
        return new Reply(Short.toUnsignedInt(prefix.getShort(6)), prefix.getLong(8), header, payload);
    }

    /** Ends this side of the connection. */
    public void sendNoMore() throws IOException {
        channel.shutdownOutput();
    }

    /** Whether the daemon has closed the connection and nothing more comes. */
    public boolean isAtEnd() throws IOException {
        try {
            return channel.read(ByteBuffer.allocate(1)) < 0;
        } catch (IOException e) {
            // It closed while bytes of ours were unread.
            return true;
        }
    }

    private ByteBuffer read(int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new AssertionError("expected " + length + " bytes, found the end after " + buffer.position());
            }
        }
        return buffer.flip().order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
