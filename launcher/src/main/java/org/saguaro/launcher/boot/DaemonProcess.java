// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.boot;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Logger;

/** The daemon itself, in its own process: from the lock to the last log line. */
final class DaemonProcess {

    private static final Logger LOG = Logger.getLogger(DaemonProcess.class.getName());

    private final Home home;
    private final String platform;
    private final PrintStream err;

    DaemonProcess(Home home, String platform, PrintStream err) {
        this.home = home;
        this.platform = platform;
        this.err = err;
    }

    /**
     * Serves until the framework is stopped, by a signal or from the shell.
     *
     * @throws LaunchException if a daemon runs already, or it does not come up
     */
    int serve() throws LaunchException, IOException, InterruptedException {
        try (DaemonLock lock = DaemonLock.acquire(home)) {
            Logging.toFile(home, err);
            LOG.info(() -> "starting on Java " + System.getProperty("java.version") + ", platform " + platform);
            Path storage = home.state().resolve("bundles");
            Path shell = home.shellSocket();
            Path inference = home.inferenceSocket();
            // Left by a daemon that was killed; the lock says that none is there now.
            Files.deleteIfExists(shell);
            Files.deleteIfExists(inference);
            Natives.loadInBackground(home, err, false);
            FrameworkHost host = FrameworkHost.start(
                    home,
                    storage,
                    platform,
                    Map.of("saguaro.shell.socket", shell.toString(), "saguaro.inference.socket", inference.toString()));
            CountDownLatch stopped = new CountDownLatch(1);
            Thread hook = new Thread(() -> stop(host, stopped), "stop-on-signal");
            Runtime.getRuntime().addShutdownHook(hook);
            try {
                if (call(host, "ready") != ExitCode.OK) {
                    throw new LaunchException("Saguaro did not get ready; see " + home.logs());
                }
                lock.ready(inference);
                LOG.info(() -> "ready after " + sinceStart().toMillis() + " ms");
                host.awaitStop();
                LOG.info("stopped");
            } finally {
                // The hook runs whichever way this ends, and waits for it.
                stopped.countDown();
            }
            return ExitCode.OK;
        }
    }

    private static Duration sinceStart() {
        return Duration.ofMillis(System.currentTimeMillis()
                - java.lang.management.ManagementFactory.getRuntimeMXBean().getStartTime());
    }

    /** Runs when a signal arrives: requests first, then everything else. */
    private void stop(FrameworkHost host, CountDownLatch stopped) {
        try {
            if (host.isActive()) {
                LOG.info("stopping: requests in flight are finished first");
                call(host, "drain");
            }
        } catch (LaunchException e) {
            LOG.warning("stopping without waiting for requests: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        host.close();
        try {
            stopped.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private int call(FrameworkHost host, String command) throws LaunchException, InterruptedException {
        Map<String, Object> options = new HashMap<>();
        options.put("out", err);
        options.put("err", err);
        return OneShot.command(host, command).applyAsInt(options);
    }
}
