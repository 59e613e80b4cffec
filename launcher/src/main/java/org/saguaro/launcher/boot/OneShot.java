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
import java.util.function.ToIntFunction;
import java.util.logging.Logger;

/**
 * Runs a command in a framework that lives as long as the command. The command is a service of the launcher's bundle: a
 * {@code ToIntFunction} from the options to the exit code, with the property {@code saguaro.command}. Its options are of types
 * of the JDK, because the two halves share no others.
 */
final class OneShot {

    static final Duration START_TIMEOUT = Duration.ofMinutes(2);

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

    /** Runs the command and returns its exit code. */
    int run(String command, Map<String, Object> options) throws LaunchException, IOException, InterruptedException {
        Files.createDirectories(home.state());
        // Its own, so that commands may run at the same time.
        Path scratch = Files.createTempDirectory(home.state(), "command-");
        // For Ctrl-C. Otherwise it finds nothing left to do.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> deleteIfThere(scratch), "delete-scratch"));
        try {
            Natives.loadInBackground(home, err, Tty.isError());
            try (FrameworkHost host =
                    FrameworkHost.start(home, scratch.resolve("bundles"), platform, FrameworkHost.QUIET)) {
                Map<String, Object> all = new HashMap<>(options);
                all.put("out", out);
                all.put("err", err);
                return command(host, command).applyAsInt(all);
            }
        } finally {
            delete(scratch);
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
