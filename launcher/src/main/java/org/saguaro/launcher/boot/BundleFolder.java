// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.boot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.startlevel.BundleStartLevel;

/** Makes a framework hold what is in a folder: new bundles are installed, newer ones updated, those gone uninstalled. */
final class BundleFolder {

    /** Felix reads such a bundle where it is, without a copy. */
    private static final String REFERENCE = "reference:";

    private BundleFolder() {}

    /**
     * Brings the framework, initialised and not started, in line with the folder.
     *
     * @throws LaunchException if the folder holds no bundles
     */
    static void install(BundleContext context, Path folder) throws IOException, BundleException, LaunchException {
        List<Path> jars;
        try (Stream<Path> files = Files.list(folder)) {
            jars = files.filter(file -> file.toString().endsWith(".jar"))
                    .sorted()
                    .toList();
        }
        if (jars.isEmpty()) {
            throw new LaunchException("no bundles in " + folder + ": is the distribution complete?");
        }
        Set<String> locations = new HashSet<>();
        for (Path jar : jars) {
            locations.add(location(jar));
        }
        String ours = REFERENCE + folder.toUri();
        for (Bundle bundle : context.getBundles()) {
            if (bundle.getLocation().startsWith(ours) && !locations.contains(bundle.getLocation())) {
                bundle.uninstall();
            }
        }
        for (Path jar : jars) {
            installOrUpdate(context, jar);
        }
    }

    private static void installOrUpdate(BundleContext context, Path jar) throws IOException, BundleException {
        Bundle known = context.getBundle(location(jar));
        if (known != null
                && known.getLastModified() < Files.getLastModifiedTime(jar).toMillis()) {
            known.update();
        }
        Bundle bundle = known == null ? context.installBundle(location(jar)) : known;
        if (bundle.getHeaders().get(Constants.FRAGMENT_HOST) == null) {
            bundle.adapt(BundleStartLevel.class).setStartLevel(startLevel(bundle.getSymbolicName()));
            bundle.start(Bundle.START_ACTIVATION_POLICY);
        }
    }

    private static String location(Path jar) {
        return REFERENCE + jar.toUri();
    }

    /**
     * Third parties' bundles first; then the launcher, which applies the platform's configuration; then those that the
     * configuration is for, so that they find it when they start.
     */
    static int startLevel(String symbolicName) {
        if (!symbolicName.startsWith("org.saguaro.")) {
            return 1;
        }
        return symbolicName.equals("org.saguaro.launcher") ? 2 : 3;
    }
}
