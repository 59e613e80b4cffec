// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.boot;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceListener;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;

/** An OSGi framework in this process with the distribution's bundles. */
final class FrameworkHost implements AutoCloseable {

    /** What drops in ({@code plugins/}) starts last: everything it may need is there. */
    private static final int PLUGIN_START_LEVEL = 4;

    private static final Duration TIMEOUT_IF_BROKEN = Duration.ofSeconds(1);

    private static final String EXPORTED_PACKAGES_RESOURCE = "META-INF/saguaro/system-packages";

    /** That a plugin was installed is no news to a person who typed a command; that it was not is. */
    static final Map<String, String> QUIET = Map.of("felix.fileinstall.log.level", "2");

    private final Framework framework;

    private FrameworkHost(Framework framework) {
        this.framework = framework;
    }

    /**
     * Starts a framework and returns when all bundles are started.
     *
     * @param storage where it keeps its bundles; used by one process at a time
     * @param platform name of the platform's description in {@code platforms/}
     * @param properties framework properties besides the usual ones
     * @throws LaunchException if it cannot start; the message says why
     */
    static FrameworkHost start(Home home, Path storage, String platform, Map<String, String> properties)
            throws LaunchException {
        if (!Files.isRegularFile(platformFile(home, platform))) {
            throw new LaunchException("no platform '" + platform + "': expected a file " + platformFile(home, platform)
                    + "; there are " + platforms(home));
        }
        Map<String, String> configuration = configuration(home, storage, platform);
        configuration.putAll(properties);
        FrameworkFactory factory = ServiceLoader.load(FrameworkFactory.class)
                .findFirst()
                .orElseThrow(() -> new LaunchException(
                        "no OSGi framework in " + home.root().resolve("lib")));
        Framework framework = factory.newFramework(configuration);
        try {
            framework.init();
            BundleFolder.install(framework.getBundleContext(), home.bundles());
            framework.start();
        } catch (BundleException | IOException e) {
            stopQuietly(framework);
            throw new LaunchException("the framework does not start: " + e.getMessage(), e);
        } catch (LaunchException e) {
            stopQuietly(framework);
            throw e;
        }
        return new FrameworkHost(framework);
    }

    private static Map<String, String> configuration(Home home, Path storage, String platform) throws LaunchException {
        Map<String, String> configuration = new HashMap<>();
        configuration.put(Constants.FRAMEWORK_STORAGE, storage.toString());
        configuration.put(Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, exportedPackages());
        configuration.put(Constants.FRAMEWORK_BEGINNING_STARTLEVEL, Integer.toString(PLUGIN_START_LEVEL));
        configuration.put("felix.log.level", "1");
        configuration.put("felix.cm.dir", storage.resolveSibling("config").toString());
        // Gogo's shell brings grep, cat and the like; its own console would read our standard input.
        configuration.put("gosh.args", "--nointeractive --noshutdown");
        configuration.put("felix.fileinstall.dir", home.plugins() + "," + home.configuration());
        configuration.put("felix.fileinstall.poll", "500");
        configuration.put("felix.fileinstall.noInitialDelay", "true");
        configuration.put("felix.fileinstall.start.level", Integer.toString(PLUGIN_START_LEVEL));
        configuration.put(
                "felix.fileinstall.tmpdir",
                storage.resolveSibling("fileinstall").toString());
        configuration.put("felix.fileinstall.log.level", "3");
        // Configuration files belong to people; what the shell changes is kept under var/config.
        configuration.put("felix.fileinstall.enableConfigSave", "false");
        configuration.put("saguaro.home", home.root().toString());
        configuration.put("saguaro.state", home.state().toString());
        configuration.put("saguaro.platform", platformFile(home, platform).toString());
        return configuration;
    }

    private static Path platformFile(Home home, String platform) {
        return home.platforms().resolve(platform + ".json");
    }

    private static List<String> platforms(Home home) throws LaunchException {
        try (var files = Files.list(home.platforms())) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".json"))
                    .map(name -> name.substring(0, name.length() - ".json".length()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new LaunchException("cannot list " + home.platforms() + ": " + e, e);
        }
    }

    /** What the class path gives to bundles: libtorch, which must never be refreshed, and the logging API. */
    private static String exportedPackages() throws LaunchException {
        return String.join(",", lines(FrameworkHost.class.getClassLoader()));
    }

    private static List<String> lines(ClassLoader loader) throws LaunchException {
        List<String> lines = new ArrayList<>();
        try {
            for (var urls = loader.getResources(EXPORTED_PACKAGES_RESOURCE); urls.hasMoreElements(); ) {
                try (InputStream in = urls.nextElement().openStream();
                        BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
                    reader.lines()
                            .filter(line -> !line.isBlank() && !line.startsWith("#"))
                            .forEach(lines::add);
                }
            }
        } catch (IOException e) {
            throw new LaunchException("cannot read " + EXPORTED_PACKAGES_RESOURCE + ": " + e, e);
        }
        return lines;
    }

    /**
     * Waits for a service.
     *
     * @param filter in LDAP syntax
     * @throws LaunchException if it does not come in time; the message names the bundles that did not start
     */
    <T> T service(Class<T> type, String filter, Duration timeout) throws LaunchException, InterruptedException {
        BundleContext context = framework.getBundleContext();
        CountDownLatch registered = new CountDownLatch(1);
        ServiceListener listener = event -> {
            if (event.getType() == ServiceEvent.REGISTERED) {
                registered.countDown();
            }
        };
        String typed = "(&(" + Constants.OBJECTCLASS + "=" + type.getName() + ")" + filter + ")";
        try {
            context.addServiceListener(listener, typed);
            ServiceReference<?>[] found = context.getServiceReferences(type.getName(), filter);
            // Starting is over; what has not started will not come, but what has may still be looking for a device.
            Duration patience = notStarted().isEmpty() ? timeout : TIMEOUT_IF_BROKEN;
            if (found == null && registered.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                found = context.getServiceReferences(type.getName(), filter);
            }
            Object service = found == null ? null : context.getService(found[0]);
            if (service == null) {
                throw new LaunchException("no service " + filter + " after " + patience.toSeconds() + " s; "
                        + (notStarted().isEmpty()
                                ? "all bundles are started, so a service that it needs is missing (-v shows the log)"
                                : "bundles that are not started: " + String.join(", ", notStarted())));
            }
            return type.cast(service);
        } catch (InvalidSyntaxException e) {
            throw new IllegalArgumentException(e);
        } finally {
            context.removeServiceListener(listener);
        }
    }

    private List<String> notStarted() {
        List<String> names = new ArrayList<>();
        for (Bundle bundle : framework.getBundleContext().getBundles()) {
            boolean fragment = bundle.getHeaders().get(Constants.FRAGMENT_HOST) != null;
            if (!fragment && bundle.getState() != Bundle.ACTIVE && bundle.getState() != Bundle.STARTING) {
                names.add(bundle.getSymbolicName());
            }
        }
        return names;
    }

    /** Whether bundles run. */
    boolean isActive() {
        return framework.getState() == Bundle.ACTIVE;
    }

    /** Waits until the framework has stopped, whoever stops it. */
    void awaitStop() throws InterruptedException {
        framework.waitForStop(0);
    }

    /** Stops all bundles and the framework; returns when it is done. */
    @Override
    public void close() {
        stopQuietly(framework);
    }

    private static void stopQuietly(Framework framework) {
        try {
            framework.stop();
            framework.waitForStop(0);
        } catch (BundleException e) {
            throw new IllegalStateException("the framework does not stop: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
