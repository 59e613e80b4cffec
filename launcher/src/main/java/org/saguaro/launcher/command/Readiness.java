// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.command;

import java.time.Duration;
import org.saguaro.runtime.core.SaguaroRuntime;

/** Waits for processing elements: an accelerator may still look for its device when its bundle has started. */
public final class Readiness {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final long POLL_MILLIS = 5;

    private Readiness() {}

    /**
     * Returns when there is a processing element.
     *
     * @throws CommandException if none comes
     */
    public static void awaitProcessingElement(SaguaroRuntime runtime) throws CommandException, InterruptedException {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (runtime.processingElements().isEmpty()) {
            if (System.nanoTime() - deadline > 0) {
                throw new CommandException("no processing element came within " + TIMEOUT.toSeconds()
                        + " s, so no model can run; what the accelerators' bundles say is in the log (or shown by -v)");
            }
            Thread.sleep(POLL_MILLIS);
        }
    }
}
