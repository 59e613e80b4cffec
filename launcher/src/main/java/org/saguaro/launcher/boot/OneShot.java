// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.boot;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import java.util.logging.Logger;

/**
 * Runs a command in a framework that lives as long as the command. The command is a service of the launcher's bundle: a
 * {@code ToIntFunction} from the options to the exit code, with the property {@code saguaro.command}. Its options are of types
 * of the JDK, because the two halves share no others.
 */
final class OneShot {

    static final Duration START_TIMEOUT = Duration.ofMinutes(2);

    /** How long a command that is interrupted may take to end. */
    private static final Duration FINISH_TIMEOUT = Duration.ofSeconds(20);

    private final Home home;
    private final String platform;
    private final PrintStream out;
    private final PrintStream err;

    /**
     * @param out gets the command's output and nothing else
     */
    OneShot(Home home, String platform, PrintStream out, PrintStream err) {
        this.home = home;
        this.platform = platform;
        this.out = out;
        this.err = err;
    }

    /** Runs the command and returns its exit code. A signal ends the process at once, whatever the command does. */
    int run(String command, Map<String, Object> options) throws LaunchException, IOException, InterruptedException {
        return run(command, options, false);
    }

    /**
     * Runs a long command that leaves valid results when its thread is interrupted: a signal (Ctrl-C) interrupts it, and the process
     * ends when the command has, or after {@link #FINISH_TIMEOUT}. The exit code then is that of the signal.
     */
    int runOrderly(String command, Map<String, Object> options)
            throws LaunchException, IOException, InterruptedException {
        return run(command, options, true);
    }

    private int run(String command, Map<String, Object> options, boolean orderly)
            throws LaunchException, IOException, InterruptedException {
        Files.createDirectories(home.state());
        // Its own, so that commands may run at the same time.
        Path scratch = Files.createTempDirectory(home.state(), "command-");
        CountDownLatch over = new CountDownLatch(1);
        Thread commandThread = Thread.currentThread();
        // For Ctrl-C and SIGTERM. Otherwise it finds nothing left to do.
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            if (orderly) {
                                finish(commandThread, over);
                            }
                            deleteIfThere(scratch);
                        },
                        "end-command"));
        try {
            Natives.loadInBackground(home, err, Tty.isError());
            try (FrameworkHost host =
                    FrameworkHost.start(home, scratch.resolve("bundles"), platform, FrameworkHost.QUIET)) {
                Map<String, Object> all = new HashMap<>(options);
                all.put("out", out);
                all.put("err", err);
                int code = command(host, command).applyAsInt(all);
                // The interruption was for the command; the framework stops as ever, and waits for that.
                Thread.interrupted();
                return code;
            }
        } finally {
            deleteIfThere(scratch);
            over.countDown();
        }
    }

    /** Lets a command that is interrupted write down how far it came, with the framework still under it. */
    private static void finish(Thread commandThread, CountDownLatch over) {
        commandThread.interrupt();
        try {
            if (!over.await(FINISH_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                Logger.getLogger(OneShot.class.getName())
                        .warning(() -> "the command did not end within " + FINISH_TIMEOUT.toSeconds()
                                + " s after the interruption, so its results may be incomplete");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The service that is that command. */
    @SuppressWarnings("unchecked") // The contract between the halves; erased, so it cannot be checked.
    static ToIntFunction<Map<String, Object>> command(FrameworkHost host, String name)
            throws LaunchException, InterruptedException {
        return host.service(ToIntFunction.class, "(saguaro.command=" + name + ")", START_TIMEOUT);
    }

    private static void deleteIfThere(Path folder) {
        try {
            if (Files.exists(folder)) {
                delete(folder);
            }
        } catch (IOException e) {
            // The framework still writes; what is left is small and harmless.
            Logger.getLogger(OneShot.class.getName()).fine(() -> "left behind: " + folder + ": " + e);
        }
    }

    private static void delete(Path folder) throws IOException {
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
