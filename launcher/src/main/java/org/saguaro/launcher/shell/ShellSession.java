// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.shell;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Converter;
import org.apache.felix.service.command.Job;
import org.jspecify.annotations.Nullable;
import org.saguaro.launcher.command.Failures;
import org.saguaro.launcher.socket.SocketListener;
import org.saguaro.launcher.wire.Frame;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client of the shell. {@link #serve} reads the client's messages on its thread; a command runs on another, so that the
 * client can interrupt it, and going away does.
 */
final class ShellSession implements SocketListener.Client {

    private static final Logger LOG = LoggerFactory.getLogger(ShellSession.class);
    private static final long FINISH_SECONDS = 10;
    private static final int OK = 0;
    private static final int FAILURE = 1;

    private final CommandProcessor gogo;
    private final SocketChannel channel;
    private final BiFunction<List<String>, Path, List<String>> completer;
    private volatile @Nullable Thread running;

    ShellSession(CommandProcessor gogo, SocketChannel channel, BiFunction<List<String>, Path, List<String>> completer) {
        this.gogo = gogo;
        this.channel = channel;
        this.completer = completer;
    }

    @Override
    public void serve() {
        try (channel;
                PrintStream out = stream(Frame.Kind.OUT);
                PrintStream err = stream(Frame.Kind.ERR);
                CommandSession session = gogo.createSession(InputStream.nullInputStream(), out, err)) {
            session.put("SCOPE", "saguaro:felix:gogo:*");
            try {
                for (Frame frame = Frame.read(channel); frame != null; frame = Frame.read(channel)) {
                    handle(frame, session, out, err);
                }
            } finally {
                interrupt(session);
            }
        } catch (IOException e) {
            LOG.debug("a shell's client left: {}", e.toString());
        }
    }

    private PrintStream stream(Frame.Kind kind) {
        return new PrintStream(new SocketOutput(channel, kind), false, StandardCharsets.UTF_8);
    }

    private void handle(Frame frame, CommandSession session, PrintStream out, PrintStream err) throws IOException {
        switch (frame.kind()) {
            case DIRECTORY -> session.currentDir(Path.of(frame.text()));
            case EXECUTE -> {
                Thread thread = new Thread(() -> execute(frame.text(), session, out, err), "saguaro-shell-command");
                thread.setDaemon(true);
                running = thread;
                thread.start();
            }
            case CANCEL -> interrupt(session);
            case COMPLETE ->
                answer(Frame.of(
                        Frame.Kind.CANDIDATES,
                        String.join("\n", completer.apply(words(frame.text()), session.currentDir()))));
            case OUT, ERR, DONE, CANDIDATES -> throw new IOException("a client sent " + frame);
        }
    }

    private void execute(String line, CommandSession session, PrintStream out, PrintStream err) {
        int code = OK;
        try {
            Object result = session.execute(line);
            if (result != null) {
                out.println(session.format(result, Converter.INSPECT));
            }
        } catch (Exception e) {
            code = FAILURE;
            report(e, err);
        }
        running = null;
        out.flush();
        err.flush();
        try {
            answer(Frame.of(Frame.Kind.DONE, Integer.toString(code)));
        } catch (IOException e) {
            LOG.debug("a shell's client left before the command ended: {}", e.toString());
        }
    }

    private static void report(Exception failure, PrintStream err) {
        if (failure instanceof InterruptedException || failure instanceof CancellationException) {
            err.println("interrupted");
            return;
        }
        String message = Failures.describe(failure);
        if (message == null) {
            message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
            // Gogo's own complaints (no such command, wrong arguments) say it all. Anything else is a bug.
            if (!(failure instanceof IllegalArgumentException)
                    && !failure.getClass().getName().startsWith("org.apache.felix.gogo.")) {
                LOG.error("a shell command failed", failure);
            }
        }
        err.println(message);
    }

    private void answer(Frame frame) throws IOException {
        synchronized (channel) {
            frame.write(channel);
        }
    }

    /** Words of the last command on the line; the last word may be empty. */
    private static List<String> words(String line) {
        String command = line.substring(Math.max(line.lastIndexOf(';'), line.lastIndexOf('|')) + 1)
                .stripLeading();
        return new ArrayList<>(Arrays.asList(command.split("\\s+", -1)));
    }

    /** Gogo runs a command on threads of its own, which only the job knows. */
    private static void interrupt(CommandSession session) {
        Job job = session.foregroundJob();
        if (job != null) {
            job.interrupt();
        }
    }

    /** Closes the connection when the command that runs has ended, or will not end. */
    @Override
    public void close() {
        Thread thread = running;
        try {
            if (thread != null && !thread.equals(Thread.currentThread())) {
                thread.join(TimeUnit.SECONDS.toMillis(FINISH_SECONDS));
            }
            channel.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            LOG.debug("a shell's connection did not close: {}", e.toString());
        }
    }
}
