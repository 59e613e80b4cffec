// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.platform;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives the platform's description to Configuration Admin when the framework starts, before the bundles that it configures. A
 * property that the description names gets its value; others, set from the shell for instance, stay.
 */
@Component(service = PlatformConfiguration.class, immediate = true)
public final class PlatformConfiguration {

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

    private static void apply(ConfigurationAdmin admin, String pid, Map<String, Object> values) throws IOException {
        Configuration configuration = admin.getConfiguration(pid, "?");
        Map<String, Object> merged = new HashMap<>();
        if (configuration.getProperties() != null) {
            merged.putAll(FrameworkUtil.asMap(configuration.getProperties()));
        }
        merged.putAll(values);
        configuration.updateIfDifferent(FrameworkUtil.asDictionary(merged));
    }
}
