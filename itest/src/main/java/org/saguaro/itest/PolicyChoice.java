// SPDX-License-Identifier: Apache-2.0
package org.saguaro.itest;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.saguaro.runtime.core.PolicyStatus;
import org.saguaro.runtime.core.SaguaroRuntime;

/** Chooses policies as an administrator does. */
final class PolicyChoice {

    private PolicyChoice() {}

    /** Chooses a policy through Configuration Admin and waits until it is active. */
    static void use(SaguaroRuntime runtime, ConfigurationAdmin configurations, String name)
            throws IOException, TimeoutException {
        Configuration configuration = configurations.getConfiguration("org.saguaro.runtime.core", "?");
        configuration.update(FrameworkUtil.asDictionary(Map.of("policies", new String[] {name})));
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!isActive(runtime, name)) {
            if (System.nanoTime() - deadline > 0) {
                throw new TimeoutException("policy " + name + " is not active after 60 s: " + runtime.policies());
            }
            Thread.onSpinWait();
        }
    }

    private static boolean isActive(SaguaroRuntime runtime, String name) {
        return runtime.policies().stream()
                .filter(PolicyStatus::active)
                .anyMatch(policy -> policy.name().equals(name));
    }
}
