// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FrameTest {

    @TempDir
    Path folder;

    @Test
    void everyKindSurvivesTheWire() throws IOException {
        try (FileChannel channel = channel()) {
            for (Frame.Kind kind : Frame.Kind.values()) {
                Frame.of(kind, "gr\u00fc\u00dfe " + kind).write(channel);
            }
            Frame.of(Frame.Kind.OUT, "").write(channel);
            channel.position(0);
            for (Frame.Kind kind : Frame.Kind.values()) {
                Frame frame = read(channel);
                assertThat(frame.kind()).isEqualTo(kind);
                assertThat(frame.text()).isEqualTo("gr\u00fc\u00dfe " + kind);
            }
            assertThat(read(channel).bytes()).isEmpty();
            assertThat(Frame.read(channel)).isNull();
        }
    }

    @Test
    void somethingElseOnTheSocketIsRefused() throws IOException {
        try (FileChannel channel = channel()) {
            channel.write(ByteBuffer.wrap("GET / HTTP/1.1\r\n".getBytes(StandardCharsets.US_ASCII)));
            channel.position(0);
            assertThatThrownBy(() -> Frame.read(channel))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("kind 71");
        }
    }

    @Test
    void anEndWithinAMessageIsAnError() throws IOException {
        try (FileChannel channel = channel()) {
            Frame.of(Frame.Kind.OUT, "hello").write(channel);
            channel.truncate(7);
            channel.position(0);
            assertThatThrownBy(() -> Frame.read(channel)).isInstanceOf(EOFException.class);
        }
    }

    private static Frame read(ByteChannel channel) throws IOException {
        Frame frame = Frame.read(channel);
        if (frame == null) {
            throw new AssertionError("expected a message, found the end");
        }
        return frame;
    }

    private FileChannel channel() throws IOException {
        return FileChannel.open(
                folder.resolve("wire"), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }
}
