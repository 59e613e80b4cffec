// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.shell;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.ByteChannel;
import org.saguaro.launcher.wire.Frame;

/** Output of a command, sent in frames when it is flushed or the buffer is full. Thread-safe. */
final class SocketOutput extends OutputStream {

    private final ByteChannel channel;
    private final Frame.Kind kind;
    private final byte[] buffer = new byte[8192];
    private int used;

    SocketOutput(ByteChannel channel, Frame.Kind kind) {
        this.channel = channel;
        this.kind = kind;
    }

    @Override
    public synchronized void write(int b) throws IOException {
        if (used == buffer.length) {
            flush();
        }
        buffer[used++] = (byte) b;
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
        for (int done = 0; done < length; ) {
            if (used == buffer.length) {
                flush();
            }
            int part = Math.min(length - done, buffer.length - used);
            System.arraycopy(bytes, offset + done, buffer, used, part);
            used += part;
            done += part;
        }
    }

    @Override
    public synchronized void flush() throws IOException {
        if (used > 0) {
            int length = used;
            used = 0;
            // Both outputs and the answers share the channel.
            synchronized (channel) {
                Frame.of(kind, buffer, 0, length).write(channel);
            }
        }
    }
}
