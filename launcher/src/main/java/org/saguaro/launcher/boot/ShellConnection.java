// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.boot;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import org.saguaro.launcher.wire.Frame;

/** A connection to the daemon's shell. One command at a time. */
final class ShellConnection implements AutoCloseable {

    private final SocketChannel channel;

    private ShellConnection(SocketChannel channel) {
        this.channel = channel;
    }

    /**
     * Connects.
     *
     * @throws LaunchException if no daemon runs or it is another user's
     */
    static ShellConnection open(Home home) throws LaunchException, IOException {
        if (DaemonLock.find(home).isEmpty()) {
            throw new LaunchException("Saguaro is not running: start it by 'saguaro start'");
        }
        Path socket = home.shellSocket();
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            ShellConnection connection = new ShellConnection(channel);
            Frame.of(Frame.Kind.DIRECTORY, Path.of("").toAbsolutePath().toString())
                    .write(channel);
            return connection;
        } catch (IOException e) {
            channel.close();
            throw new LaunchException("the daemon's shell does not answer at " + socket + ": " + e.getMessage()
                    + "; is it still starting or stopping ('saguaro status')?");
        }
    }

    /** Runs a command line, passes its output on, and returns its exit code. */
    int execute(String line, OutputStream out, OutputStream err) throws IOException, LaunchException {
        Frame.of(Frame.Kind.EXECUTE, line).write(channel);
        while (true) {
            Frame frame = receive();
            switch (frame.kind()) {
                case OUT -> pass(frame, out);
                case ERR -> pass(frame, err);
                case DONE -> {
                    return Integer.parseInt(frame.text());
                }
                case DIRECTORY, EXECUTE, CANCEL, COMPLETE, CANDIDATES -> throw unexpected(frame);
            }
        }
    }

    private static void pass(Frame frame, OutputStream target) throws IOException {
        target.write(frame.bytes());
        target.flush();
        if (target instanceof PrintStream stream && stream.checkError()) {
            throw new IOException("nobody reads the output any more");
        }
    }

    /** Interrupts the command that {@link #execute} waits for. From any thread. */
    void cancel() throws IOException {
        Frame.of(Frame.Kind.CANCEL, "").write(channel);
    }

    /** Words that may stand in place of the last one. */
    List<String> complete(String lineUpToCursor) throws IOException, LaunchException {
        Frame.of(Frame.Kind.COMPLETE, lineUpToCursor).write(channel);
        Frame frame = receive();
        if (frame.kind() != Frame.Kind.CANDIDATES) {
            throw unexpected(frame);
        }
        return frame.text().lines().toList();
    }

    private Frame receive() throws IOException, LaunchException {
        Frame frame = Frame.read(channel);
        if (frame == null) {
            throw new LaunchException("the daemon has closed the connection");
        }
        return frame;
    }

    private static IOException unexpected(Frame frame) {
        return new IOException("the daemon sent " + frame + ": are client and daemon of one version?");
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
