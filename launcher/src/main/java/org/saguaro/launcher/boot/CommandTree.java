// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.boot;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;

/** All commands with their options: what they are called, how they are explained, where they are carried out. */
@Command(
        name = "saguaro",
        versionProvider = Main.Version.class,
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            DemoCli.class,
            WorkloadCli.class,
            SimulateCli.class,
            ProfileCli.class,
            WhatIfCli.class,
            ExperimentCli.class,
            SweepCli.class
        },
        description = "Deploys PyTorch models, layer by layer, on the processing elements of this machine.",
        footer = {"", "Exit codes: 0 all well, 1 the command failed, 2 the command line is wrong."})
final class CommandTree {

    private final PrintStream out;
    private final PrintStream err;

    @Option(
            names = {"-v", "--verbose"},
            scope = ScopeType.INHERIT,
            description = "Show the log on the standard error output.")
    private boolean verbose;

    @Option(
            names = "--platform",
            scope = ScopeType.INHERIT,
            paramLabel = "NAME",
            defaultValue = "cpu",
            description = "Description of this machine, a file platforms/NAME.json (default: ${DEFAULT-VALUE}).")
    private String platform = "cpu";

    CommandTree(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    @Command(description = "Runs a model once on arrays from files.")
    int infer(
            @Parameters(paramLabel = "MODEL", description = "The model's file (.pt2 or .pt).") Path model,
            @Option(
                            names = {"-i", "--input"},
                            paramLabel = "X.npy",
                            required = true,
                            arity = "1..*",
                            description = "The inputs in the model's order.")
                    List<Path> inputs,
            @Option(
                            names = {"-o", "--output"},
                            paramLabel = "DIR",
                            description = "Write the outputs there, as output.npy or output0.npy, output1.npy, ...")
                    @Nullable
                    Path output,
            @Option(names = "--placement", description = "Show where each layer ran.") boolean placement,
            @Option(
                            names = "--placement-html",
                            paramLabel = "FILE",
                            description = "Write a page about where each layer ran.")
                    @Nullable
                    Path placementPage,
            @Option(
                            names = "--precision",
                            paramLabel = "P",
                            defaultValue = "",
                            description =
                                    "How exact float32 layers are computed at least: float32, int16, tf32, float16 or int8"
                                            + " (default: as configured). Processing elements that can only be exact are.")
                    String precision,
            @Option(names = "--json", description = "Print JSON, with all values of outputs up to 10000 elements.")
                    boolean json)
            throws LaunchException, IOException, InterruptedException {
        Map<String, Object> options = new HashMap<>();
        options.put("model", absolute(model));
        options.put("inputs", inputs.stream().map(CommandTree::absolute).toList());
        options.put("placement", placement);
        options.put("precision", precision);
        options.put("json", json);
        if (placementPage != null) {
            options.put("placementPage", absolute(placementPage));
        }
        if (output != null) {
            options.put("output", absolute(output));
        }
        return oneShot("infer", options);
    }

    @Command(description = "Shows the layers of a model and which processing elements support them.")
    int inspect(
            @Parameters(paramLabel = "MODEL", description = "The model's file (.pt2 or .pt).") Path model,
            @Option(names = "--json", description = "Print JSON.") boolean json)
            throws LaunchException, IOException, InterruptedException {
        return oneShot("inspect", Map.of("model", absolute(model), "json", json));
    }

    @Command(
            description = "Runs models on stored inputs and compares the outputs with the stored ones.",
            footer = {
                "",
                "A folder holds model*.pt2 and model*.pt, input.npy (or input0.npy, input1.npy, ...) and "
                        + "output.npy (or output0.npy, ...); also input_b/output_b, a second shape or branch, which models "
                        + "of fixed sizes skip, and seq_input/seq_output, calls in sequence of a model that remembers, "
                        + "stacked. The relative difference of an output is the largest absolute difference divided by the "
                        + "largest absolute value expected; integers and booleans must be equal. A model that computes in "
                        + "float16 has 50 times the tolerance, in bfloat16 400 times; so have those run with --precision: "
                        + "int16 10, tf32 and float16 50, int8 1000 times. Where accelerators are present, the layer whose "
                        + "answers are farthest from the CPU's is named.",
                "Exit code 0 only if all are OK."
            })
    int check(
            @Parameters(paramLabel = "DIR", arity = "1..*", description = "Folders to check.") List<Path> folders,
            @Option(
                            names = "--tolerance",
                            paramLabel = "REL",
                            defaultValue = "1e-4",
                            description = "Largest relative difference that is OK (default: ${DEFAULT-VALUE}).")
                    double tolerance,
            @Option(
                            names = "--precision",
                            paramLabel = "P",
                            defaultValue = "",
                            description =
                                    "How exact float32 layers are computed at least: float32, int16, tf32, float16 or int8"
                                            + " (default: as configured). Processing elements that can only be exact are.")
                    String precision,
            @Option(names = "--json", description = "Print JSON.") boolean json)
            throws LaunchException, IOException, InterruptedException {
        return oneShot(
                "check",
                Map.of(
                        "folders",
                        folders.stream().map(CommandTree::absolute).toList(),
                        "tolerance",
                        tolerance,
                        "precision",
                        precision,
                        "json",
                        json));
    }

    @Command(description = "Starts Saguaro in the background and returns when it is ready.")
    int start(
            @Option(names = "--foreground", description = "Stay in the foreground, with the log on the terminal.")
                    boolean foreground,
            @Option(
                            names = "--timeout",
                            paramLabel = "SECONDS",
                            defaultValue = "120",
                            description = "How long to wait until it is ready (default: ${DEFAULT-VALUE}).")
                    int timeoutSeconds)
            throws LaunchException, IOException, InterruptedException {
        if (foreground) {
            return new DaemonProcess(Home.find(), platform, err).serve();
        }
        return control().start(platform, Duration.ofSeconds(timeoutSeconds));
    }

    @Command(description = "Stops Saguaro when the requests in flight are finished.")
    int stop(
            @Option(
                            names = "--timeout",
                            paramLabel = "SECONDS",
                            defaultValue = "60",
                            description = "How long to wait until it has stopped (default: ${DEFAULT-VALUE}).")
                    int timeoutSeconds)
            throws LaunchException, IOException, InterruptedException {
        return control().stop(Duration.ofSeconds(timeoutSeconds));
    }

    @Command(
            description = "Shows whether Saguaro runs, with its processing elements and deployments.",
            footer = {"", "Exit code 0 if it runs, 1 if not."})
    int status(@Option(names = "--json", description = "Print JSON.") boolean json)
            throws LaunchException, IOException {
        return control().status(json);
    }

    @Command(description = "Deploys a model in the running Saguaro and says in a line where its layers may run.")
    int deploy(
            @Parameters(index = "0", paramLabel = "MODEL", description = "The model's file (.pt2 or .pt).") Path model,
            @Parameters(
                            index = "1..*",
                            paramLabel = "X.npy",
                            description =
                                    "Inputs of one request: a model that leaves sizes or types open is prepared for"
                                            + " such inputs at once, and not after the first requests.")
                    @Nullable
                    List<Path> samples,
            @Option(
                            names = {"-n", "--name"},
                            paramLabel = "NAME",
                            description =
                                    "Of the deployment (default: that of the file's folder for model.pt2, else of the file).")
                    @Nullable
                    String name,
            @Option(
                            names = {"-l", "--layers"},
                            description =
                                    "Every layer is a task. By default layers that no choice would separate share one.")
                    boolean layers,
            @Option(
                            names = "--precision",
                            paramLabel = "P",
                            defaultValue = "",
                            description =
                                    "How exact float32 layers are computed at least: float32, int16, tf32, float16 or int8"
                                            + " (default: as configured). Processing elements that can only be exact are.")
                    String precision)
            throws LaunchException, IOException {
        List<String> words = new ArrayList<>(List.of("saguaro:deploy"));
        if (name != null) {
            words.addAll(List.of("--name", name));
        }
        if (layers) {
            words.add("--layers");
        }
        if (!precision.isEmpty()) {
            words.addAll(List.of("--precision", precision));
        }
        words.add(absolute(model).toString());
        if (samples != null) {
            samples.forEach(sample -> words.add(absolute(sample).toString()));
        }
        return inDaemon(words);
    }

    @Command(
            description = "Shows where the layers of a deployment run, and why not on an accelerator.",
            footer = {
                "",
                "Before the first request it says where they may run, afterwards where they ran. Deploy a model by",
                "'saguaro deploy'; 'saguaro infer --placement' shows the same of a model that runs once."
            })
    int placement(
            @Parameters(paramLabel = "NAME", description = "Of the deployment.") String name,
            @Option(names = "--json", description = "Print JSON.") boolean json,
            @Option(
                            names = {"-o", "--html"},
                            paramLabel = "FILE",
                            description = "Write a page, and print the summary only.")
                    @Nullable
                    Path html,
            @Option(
                            names = {"-w", "--wide"},
                            description = "Show all columns in full; by default lines have at most 100 characters.")
                    boolean wide,
            @Option(
                            names = {"-e", "--errors"},
                            description =
                                    "First measure how far the accelerators' answers are from the CPU's, layer by layer, on the"
                                            + " inputs the model was deployed with, or on random ones.")
                    boolean errors)
            throws LaunchException, IOException {
        List<String> words = new ArrayList<>(List.of("saguaro:placement"));
        if (json) {
            words.add("--json");
        }
        if (html != null) {
            words.addAll(List.of("--html", absolute(html).toString()));
        }
        if (wide) {
            words.add("--wide");
        }
        if (errors) {
            words.add("--errors");
        }
        words.add(name);
        return inDaemon(words);
    }

    @Command(
            description = "Runs a command in the shell of the running Saguaro, or opens it.",
            footer = {
                "",
                "Without a command it reads lines: from the terminal with history and completion, or from a pipe until one",
                "fails. 'saguaro shell help' lists the commands."
            })
    int shell(
            @Parameters(
                            paramLabel = "COMMAND",
                            arity = "0..*",
                            description = "A command and its arguments, for instance: deploy model.pt2.")
                    @Nullable
                    List<String> command)
            throws LaunchException, IOException {
        Home home = Home.find();
        try (ShellConnection connection = ShellConnection.open(home)) {
            if (command != null && !command.isEmpty()) {
                return connection.execute(GogoLine.of(command), out, err);
            }
            InteractiveShell shell = new InteractiveShell(connection, out, err);
            return Tty.isInput() ? shell.runAtTerminal(home) : shell.runPiped();
        }
    }

    @Command(
            description = "Measures Saguaro's performance (from a source checkout only).",
            footer = {"", "Carried out by the script ./saguaro of a source checkout; see docs/performance.md."})
    int bench(
            @Parameters(paramLabel = "ARG", arity = "0..*", description = "What to measure.") @Nullable
                    List<String> arguments) {
        err.println("saguaro bench: works from a source checkout only: run its ./saguaro bench");
        return ExitCode.FAILURE;
    }

    /** A long command, which writes down how far it came when somebody interrupts it. */
    int runOrderly(String command, Map<String, Object> options)
            throws LaunchException, IOException, InterruptedException {
        return new OneShot(Home.find(), platform, out, err).runOrderly(command, options);
    }

    private int oneShot(String command, Map<String, Object> options)
            throws LaunchException, IOException, InterruptedException {
        return new OneShot(Home.find(), platform, out, err).run(command, options);
    }

    private int inDaemon(List<String> words) throws LaunchException, IOException {
        try (ShellConnection connection = ShellConnection.open(Home.find())) {
            return connection.execute(GogoLine.of(words), out, err);
        }
    }

    private DaemonControl control() throws LaunchException {
        return new DaemonControl(Home.find(), out, err);
    }

    boolean verbose() {
        return verbose;
    }

    static Path absolute(Path path) {
        return path.toAbsolutePath().normalize();
    }

    /** The command line's parser with this tree. */
    static CommandLine parser(PrintStream out, PrintStream err) {
        CommandLine line = new CommandLine(new CommandTree(out, err))
                .setOut(writer(out))
                .setErr(writer(err))
                .setUsageHelpWidth(100)
                .setExecutionStrategy(Main::execute)
                .setExecutionExceptionHandler(Main::report)
                .setParameterExceptionHandler(Main::misuse);
        // What follows belongs to the other command: 'saguaro shell stats --json'.
        line.getSubcommands()
                .forEach((name, command) -> command.setStopAtPositional(name.equals("shell") || name.equals("bench")));
        return line;
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(stream, true, Charset.defaultCharset());
    }
}
