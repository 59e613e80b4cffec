// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.boot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code saguaro profile}. */
@Command(
        name = "profile",
        description = "Runs applications some times and writes down what they consist of and take, for the simulator.",
        footer = {
            "",
            "An application is a folder with an app.json, a model's file (run with random inputs), or the name of an",
            "installed application on the Layer API. 'saguaro simulate --profiles' and 'saguaro experiment' read the file."
        })
final class ProfileCli implements Callable<Integer> {

    @ParentCommand
    private CommandTree tree = new CommandTree(System.out, System.err);

    @Parameters(paramLabel = "APP", arity = "1..*", description = "Folders, model files, names of applications.")
    private List<String> applications = List.of();

    @Option(
            names = {"-n", "--runs"},
            paramLabel = "N",
            defaultValue = "20",
            description = "How often each runs (default: ${DEFAULT-VALUE}).")
    private int runs;

    @Option(names = "--layers", description = "Every layer of a model is a task.")
    private boolean layers;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            required = true,
            description = "Where the profiles go.")
    private Path output = Path.of("");

    @Override
    public Integer call() throws LaunchException, IOException, InterruptedException {
        return tree.runOrderly(
                "profile",
                Map.of(
                        "applications",
                        applications.stream().map(ProfileCli::pathOrName).toList(),
                        "runs",
                        runs,
                        "layers",
                        layers,
                        "output",
                        CommandTree.absolute(output)));
    }

    /** What is there as a file is one; other words are names. */
    private static String pathOrName(String word) {
        Path path = Path.of(word);
        boolean isFile = Files.exists(path) || word.contains("/");
        return isFile ? CommandTree.absolute(path).toString() : word;
    }
}
