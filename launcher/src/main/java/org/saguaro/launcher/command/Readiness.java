// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.command;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.saguaro.launcher.platform.PlatformConfiguration;
import org.saguaro.launcher.platform.UnavailableDevices;
import org.saguaro.runtime.core.SaguaroRuntime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for processing elements: an accelerator may still look for its device when its bundle has started. Those that the platform is nothing without may
 * take minutes, as when a simulation is built at its first use.
 */
@Component(service = Readiness.class)
public final class Readiness {

    private static final Logger LOG = LoggerFactory.getLogger(Readiness.class);

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration PATIENCE_FOR_REQUIRED = Duration.ofMinutes(10);
    private static final Duration QUIET = Duration.ofSeconds(3);
    private static final long POLL_MILLIS = 5;

    private final SaguaroRuntime runtime;
    private final List<String> required;
    private final Supplier<List<String>> unavailable;

    @Activate
    public Readiness(
            @Reference SaguaroRuntime runtime,
            @Reference PlatformConfiguration platform,
            @Reference UnavailableDevices unavailable) {
        this(runtime, platform.requiredPeTypes(), unavailable::lines);
    }

    /**
     * Of any runtime.
     *
     * @param required types of PE without which nothing should begin
     * @param unavailable what devices say that are not there
     */
    Readiness(SaguaroRuntime runtime, List<String> required, Supplier<List<String>> unavailable) {
        this.runtime = runtime;
        this.required = required;
        this.unavailable = unavailable;
    }

    /**
     * Returns when there is a processing element, and one of each type that the platform requires.
     *
     * @throws CommandException if they do not come
     */
    public void await() throws CommandException, InterruptedException {
        long begin = System.nanoTime();
        boolean said = false;
        while (true) {
            Set<String> missing = missing();
            boolean none = runtime.processingElements().isEmpty();
            if (!none && missing.isEmpty()) {
                return;
            }
            long waited = System.nanoTime() - begin;
            if (!missing.isEmpty() && !unavailable.get().isEmpty()) {
                throw new CommandException("the platform needs processing elements of the types "
                        + String.join(", ", missing) + "; " + String.join("; ", unavailable.get()));
            }
            if (none && missing.isEmpty() && waited > PATIENCE.toNanos()) {
                throw new CommandException("no processing element came within " + PATIENCE.toSeconds()
                        + " s, so no model can run; what the accelerators' bundles say is in the log (or shown by -v)");
            }
            if (waited > PATIENCE_FOR_REQUIRED.toNanos()) {
                throw new CommandException(
                        "no processing elements of the types " + String.join(", ", missing)
                                + " came within " + PATIENCE_FOR_REQUIRED.toMinutes()
                                + " min, and the platform needs them; what the accelerators' bundles say is in the log (or shown by -v)");
            }
            if (!said && !missing.isEmpty() && waited > QUIET.toNanos()) {
                said = true;
                LOG.warn(
                        "waiting for processing elements of the types {}: a simulation is built at its first use, about a minute",
                        String.join(", ", missing));
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    private Set<String> missing() {
        Set<String> missing = new TreeSet<>(required);
        missing.removeAll(runtime.processingElements().stream()
                .map(pe -> pe.descriptor().type())
                .collect(Collectors.toSet()));
        return missing;
    }
}
