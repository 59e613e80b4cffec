// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.platform;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives the platform's description to Configuration Admin when the framework starts, before the bundles that it configures. A
 * property that the description names gets its value; one that another description had named is taken away; others, set from the shell for instance, stay.
 */
@Component(service = PlatformConfiguration.class, immediate = true)
public final class PlatformConfiguration {

    /** Beside the properties: the names of those that a platform's description gave. */
    private static final String NAMES = "saguaro.platform.properties";

    private static final Logger LOG = LoggerFactory.getLogger(PlatformConfiguration.class);

    private final List<String> requiredPeTypes;

    @Activate
    public PlatformConfiguration(@Reference ConfigurationAdmin admin, BundleContext context) {
        String file = context.getProperty("saguaro.platform");
        List<String> required = List.of();
        try {
            PlatformDescription platform = file == null
                    ? PlatformDescription.EMPTY
                    : PlatformDescription.read(Path.of(file), context::getProperty);
            required = platform.requires();
            forget(admin, platform.configurations().keySet());
            for (Map.Entry<String, Map<String, Object>> entry :
                    platform.configurations().entrySet()) {
                apply(admin, entry.getKey(), entry.getValue());
            }
        } catch (IOException | PlatformDescription.FormatException e) {
            LOG.error("the platform is not configured: {}", e.getMessage());
        }
        requiredPeTypes = required;
    }

    /** Types of processing element that the platform is nothing without. */
    public List<String> requiredPeTypes() {
        return requiredPeTypes;
    }

    /** What another platform had set, in an earlier life, is not this one's. */
    private static void forget(ConfigurationAdmin admin, Set<String> named) throws IOException {
        Configuration[] configured;
        try {
            configured = admin.listConfigurations("(" + NAMES + "=*)");
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException("the filter is a constant", e);
        }
        for (Configuration configuration : configured == null ? new Configuration[0] : configured) {
            if (!named.contains(configuration.getPid())) {
                Map<String, Object> others = others(configuration);
                if (others.isEmpty()) {
                    configuration.delete();
                } else {
                    configuration.update(FrameworkUtil.asDictionary(others));
                }
            }
        }
    }

    private static void apply(ConfigurationAdmin admin, String pid, Map<String, Object> values) throws IOException {
        Configuration configuration = admin.getConfiguration(pid, "?");
        Map<String, Object> merged = others(configuration);
        merged.putAll(values);
        merged.put(NAMES, values.keySet().stream().sorted().toArray(String[]::new));
        configuration.updateIfDifferent(FrameworkUtil.asDictionary(merged));
    }

    /** The properties that no platform has set. */
    private static Map<String, Object> others(Configuration configuration) {
        Map<String, Object> others = new HashMap<>();
        if (configuration.getProperties() != null) {
            others.putAll(FrameworkUtil.asMap(configuration.getProperties()));
        }
        if (others.remove(NAMES) instanceof String[] names) {
            others.keySet().removeAll(List.of(names));
        }
        others.remove(Constants.SERVICE_PID);
        return others;
    }
}
