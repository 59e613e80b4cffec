// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.shell;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.PolicyStatus;
import org.saguaro.runtime.core.SaguaroRuntime;

/** Completes what follows the names of Saguaro's commands, and files for Felix's. */
@Component(service = ShellCompleter.class)
public final class ArgumentCompleter implements ShellCompleter {

    private static final Map<String, List<String>> OPTIONS = Map.ofEntries(
            Map.entry("application", List.of("--instances", "--json")),
            Map.entry("applications", List.of("--json")),
            Map.entry("deploy", List.of("--name", "--layers")),
            Map.entry("infer", List.of("--output", "--repeat", "--json")),
            Map.entry("trace", List.of("--output", "--clear", "--json")),
            Map.entry("deployments", List.of("--json")),
            Map.entry("pes", List.of("--json")),
            Map.entry("provisioning", List.of("--json")),
            Map.entry("policies", List.of("--json")),
            Map.entry("placement", List.of("--json", "--html", "--wide")),
            Map.entry("stats", List.of("--json")),
            Map.entry("monitor", List.of("--json", "--watch", "--count")),
            Map.entry("sensors", List.of("--json")),
            Map.entry("costs", List.of("--json")),
            Map.entry("tenants", List.of("--json")),
            Map.entry("status", List.of("--json")));

    private final SaguaroRuntime runtime;

    @Activate
    public ArgumentCompleter(@Reference SaguaroRuntime runtime) {
        this.runtime = runtime;
    }

    @Override
    public List<String> complete(List<String> words, Path directory) {
        String command = words.get(0).replaceFirst("^saguaro:", "");
        String word = words.get(words.size() - 1);
        if (word.startsWith("-")) {
            return OPTIONS.getOrDefault(command, List.of()).stream()
                    .filter(option -> option.startsWith(word))
                    .toList();
        }
        return switch (command) {
            case "undeploy", "reset" -> starting(word, deployments());
            case "monitor" -> starting(word, Stream.of("on", "off"));
            case "park", "unpark" ->
                starting(
                        word,
                        runtime.processingElements().stream()
                                .map(pe -> pe.descriptor().id()));
            case "policy" -> starting(word, runtime.policies().stream().map(PolicyStatus::name));
            case "infer", "placement" ->
                Stream.concat(starting(word, deployments()).stream(), files(word, directory).stream())
                        .toList();
            case "stats" -> starting(word, Stream.of("costs", "tenants"));
            case "deploy", "trace" -> files(word, directory);
            case "install", "felix:install", "update", "felix:update" -> bundleFiles(word, directory);
            default -> List.of();
        };
    }

    private Stream<String> deployments() {
        return runtime.deployments().stream().map(Deployment::name);
    }

    private static List<String> starting(String word, Stream<String> names) {
        return names.filter(name -> name.startsWith(word)).sorted().toList();
    }

    /** Felix wants URLs. */
    private static List<String> bundleFiles(String word, Path directory) {
        String scheme = "file:";
        if (!word.startsWith(scheme)) {
            return scheme.startsWith(word) ? List.of(scheme) : List.of();
        }
        return files(word.substring(scheme.length()), directory).stream()
                .map(file -> scheme + file)
                .toList();
    }

    private static List<String> files(String word, Path directory) {
        int slash = word.lastIndexOf('/') + 1;
        String folder = word.substring(0, slash);
        String name = word.substring(slash);
        try (Stream<Path> files = Files.list(directory.resolve(folder))) {
            return files.filter(file -> {
                        String candidate = file.getFileName().toString();
                        return candidate.startsWith(name) && (!candidate.startsWith(".") || name.startsWith("."));
                    })
                    .map(file -> folder + file.getFileName() + (Files.isDirectory(file) ? "/" : ""))
                    .sorted()
                    .toList();
        } catch (IOException | java.nio.file.InvalidPathException e) {
            // No such folder: nothing to offer.
            return List.of();
        }
    }
}
