// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.command;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.saguaro.runtime.core.PolicyStatus;
import org.saguaro.runtime.core.SaguaroRuntime;

/** Changes the order in which the runtime prefers policies, through Configuration Admin. */
public final class PolicySwitch {

    private static final String PID = "org.saguaro.runtime.core";
    private static final String KEY = "policies";
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final long POLL_MILLIS = 1;

    private final SaguaroRuntime runtime;
    private final ConfigurationAdmin configurations;

    /** Of that runtime. */
    public PolicySwitch(SaguaroRuntime runtime, ConfigurationAdmin configurations) {
        this.runtime = runtime;
        this.configurations = configurations;
    }

    /** Name of the policy in use. */
    public String active() {
        return runtime.policies().stream()
                .filter(PolicyStatus::active)
                .map(PolicyStatus::name)
                .findFirst()
                .orElse("none");
    }

    /**
     * Prefers a policy and returns when it is used.
     *
     * @throws CommandException if there is none of that name, or it is not used in time
     */
    public void use(String name) throws CommandException, IOException, InterruptedException {
        List<PolicyStatus> known = runtime.policies();
        if (known.stream().noneMatch(policy -> policy.name().equals(name))) {
            throw new CommandException("no policy '" + name + "'; there are: "
                    + String.join(
                            ", ",
                            known.stream().map(PolicyStatus::name).sorted().toList()));
        }
        Configuration configuration = configurations.getConfiguration(PID, "?");
        Map<String, Object> properties = new HashMap<>();
        if (configuration.getProperties() != null) {
            properties.putAll(FrameworkUtil.asMap(configuration.getProperties()));
        }
        properties.put(KEY, order(name, known).toArray(String[]::new));
        configuration.update(FrameworkUtil.asDictionary(properties));
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (!active().equals(name)) {
            if (System.nanoTime() - deadline > 0) {
                throw new CommandException("policy " + name + " is preferred now, but " + active()
                        + " is still used after " + TIMEOUT.toSeconds() + " s; see the log");
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    /** The wanted one, then the configured ones in their order. */
    private static List<String> order(String first, List<PolicyStatus> known) {
        List<String> order = new ArrayList<>();
        order.add(first);
        known.stream()
                .filter(policy -> policy.preference() >= 0 && !policy.name().equals(first))
                .sorted(Comparator.comparingInt(PolicyStatus::preference))
                .forEach(policy -> order.add(policy.name()));
        return order;
    }
}
