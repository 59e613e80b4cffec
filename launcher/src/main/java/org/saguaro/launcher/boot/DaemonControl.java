// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.boot;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.saguaro.launcher.boot.DaemonLock.Daemon;

/** Starts and stops the daemon from another process. */
final class DaemonControl {

    private static final Duration POLL = Duration.ofMillis(20);
    private static final int LINES_SHOWN = 20;

    private final Home home;
    private final PrintStream out;
    private final PrintStream err;

    DaemonControl(Home home, PrintStream out, PrintStream err) {
        this.home = home;
        this.out = out;
        this.err = err;
    }

    /**
     * Starts a daemon that survives the terminal, and returns when it takes commands.
     *
     * @throws LaunchException if one runs already, or it does not get ready in time
     */
    int start(String platform, Duration timeout) throws LaunchException, IOException, InterruptedException {
        if (DaemonLock.find(home).isPresent()) {
            throw DaemonLock.alreadyRunning(home);
        }
        long begin = System.nanoTime();
        Files.createDirectories(home.logs());
        Path console = home.logs().resolve("console.log");
        if (!Files.exists(home.state().resolve("natives"))) {
            err.println("first start: libtorch is extracted, which takes some seconds more ...");
        }
        Process process = detached("sh", home.script().toString(), "start", "--foreground", "--platform", platform)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(console.toFile())
                .start();
        while (true) {
            Optional<Daemon> daemon = DaemonLock.find(home);
            if (daemon.isPresent() && daemon.get().ready()) {
                out.printf(
                        Locale.ROOT,
                        "Saguaro is ready after %.1f s (pid %d, log in %s)%n",
                        (System.nanoTime() - begin) / 1e9,
                        daemon.get().pid(),
                        home.logs());
                return ExitCode.OK;
            }
            if (process.waitFor(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new LaunchException(
                        "the daemon ended with exit code " + process.exitValue() + ":\n" + tail(console));
            }
            if (System.nanoTime() - begin > timeout.toNanos()) {
                throw new LaunchException(
                        "the daemon was not ready after " + timeout.toSeconds() + " s and goes on starting; see "
                                + console + ", and 'saguaro stop' to end it:\n" + tail(console));
            }
        }
    }

    /** In a session of its own, so that no hang-up of the terminal reaches it. */
    private static ProcessBuilder detached(String... command) {
        boolean setsid = List.of(System.getenv().getOrDefault("PATH", "").split(":")).stream()
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "setsid")));
        ProcessBuilder builder = new ProcessBuilder(setsid ? "setsid" : "nohup");
        builder.command().addAll(List.of(command));
        return builder;
    }

    private static String tail(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - LINES_SHOWN), lines.size()));
    }

    /**
     * Asks the daemon to stop and returns when it has.
     *
     * @throws LaunchException if it has not ended in time
     */
    int stop(Duration timeout) throws LaunchException, IOException, InterruptedException {
        Optional<Daemon> daemon = DaemonLock.find(home);
        if (daemon.isEmpty()) {
            err.println("Saguaro is not running");
            return ExitCode.OK;
        }
        long pid = daemon.get().pid();
        long begin = System.nanoTime();
        ProcessHandle process = ProcessHandle.of(pid)
                .orElseThrow(() -> new LaunchException("the daemon's process " + pid + " is not visible from here"));
        process.destroy();
        while (DaemonLock.find(home).isPresent()) {
            if (System.nanoTime() - begin > timeout.toNanos()) {
                throw new LaunchException("the daemon (pid " + pid + ") still finishes requests after "
                        + timeout.toSeconds() + " s; wait with --timeout, or end it by 'kill -9 " + pid + "'");
            }
            TimeUnit.MILLISECONDS.sleep(POLL.toMillis());
        }
        out.printf(Locale.ROOT, "Saguaro has stopped after %.1f s%n", (System.nanoTime() - begin) / 1e9);
        return ExitCode.OK;
    }

    /** Prints what runs; the exit code is 0 if the daemon runs, 1 if not. */
    int status(boolean json) throws LaunchException, IOException {
        Optional<Daemon> daemon = DaemonLock.find(home);
        if (daemon.isEmpty()) {
            out.println(json ? "{\n  \"running\" : false\n}" : "Saguaro is not running");
            return ExitCode.FAILURE;
        }
        if (!daemon.get().ready()) {
            out.println(
                    json
                            ? "{\n  \"running\" : true,\n  \"ready\" : false,\n  \"pid\" : "
                                    + daemon.get().pid() + "\n}"
                            : "Saguaro is starting or stopping (pid "
                                    + daemon.get().pid() + ")");
            return ExitCode.OK;
        }
        try (ShellConnection connection = ShellConnection.open(home)) {
            return connection.execute("saguaro:status" + (json ? " --json" : ""), out, err);
        }
    }
}
