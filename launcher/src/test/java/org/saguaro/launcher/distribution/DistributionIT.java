// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.saguaro.launcher.inference.ProtocolClient;

/** The built distribution in the hands of a user: every command, and a daemon that is mistreated. */
final class DistributionIT {

    private static final Path BUILT = Path.of(System.getProperty("saguaro.distribution"));
    private static final Path EXAMPLES =
            Path.of(System.getProperty("saguaro.examples")).normalize();
    private static final Path PLUGIN =
            Path.of(System.getProperty("saguaro.plugin")).normalize();
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    Path folder;

    private Path home;
    private Shell user;

    /** A home of its own, so that no test finds what another, or a developer, left behind; what is large is shared. */
    @BeforeEach
    void makeHome() throws IOException {
        home = folder.resolve("home");
        Files.createDirectories(home.resolve("bin"));
        Files.copy(BUILT.resolve("bin/saguaro"), home.resolve("bin/saguaro"), StandardCopyOption.COPY_ATTRIBUTES);
        for (String shared : List.of("lib", "bundle", "overlays", "examples")) {
            Files.createSymbolicLink(home.resolve(shared), BUILT.resolve(shared));
        }
        Files.createDirectories(home.resolve("platforms"));
        try (Stream<Path> platforms = Files.list(BUILT.resolve("platforms"))) {
            for (Path platform : platforms.toList()) {
                Files.copy(platform, home.resolve("platforms").resolve(platform.getFileName()));
            }
        }
        Files.createDirectories(home.resolve("plugins"));
        Files.createDirectories(home.resolve("conf"));
        Files.createDirectories(home.resolve("var"));
        Files.createDirectories(BUILT.resolve("var/natives"));
        Files.createSymbolicLink(home.resolve("var/natives"), BUILT.resolve("var/natives"));
        user = new Shell(Files.createDirectories(folder.resolve("work")));
    }

    @AfterEach
    void stopDaemonAndLeaveWhatIsShared() throws Exception {
        saguaro("stop");
        try (Stream<Path> files = Files.walk(home, 2)) {
            for (Path link : files.filter(Files::isSymbolicLink).toList()) {
                Files.delete(link);
            }
        }
    }

    @Test
    void inferGivesWhatPyTorchGave() throws Exception {
        Path example = EXAMPLES.resolve("digits-vgg");

        Shell.Result result = saguaro(
                "infer",
                example.resolve("model.pt2"),
                "--input",
                example.resolve("input.npy"),
                "--output",
                "out",
                "--json");

        assertThat(result.code()).as("%s", result).isZero();
        List<Double> expected = floats(example.resolve("output.npy"), 10);
        List<Double> written = floats(folder.resolve("work/out/output.npy"), 10);
        List<Double> printed = new ArrayList<>();
        json(result).at("/outputs/0/values").forEach(value -> printed.add(value.asDouble()));
        for (int i = 0; i < expected.size(); i++) {
            assertThat(written.get(i)).isCloseTo(expected.get(i), within(1e-3));
            assertThat(printed.get(i)).isCloseTo(expected.get(i), within(1e-3));
        }
    }

    @Test
    void checkTellsGoodFromBad() throws Exception {
        Shell.Result good = saguaro("check", EXAMPLES.resolve("digits-vgg"), EXAMPLES.resolve("speech-commands"));
        assertThat(good.code()).as("%s", good).isZero();
        assertThat(good.out())
                .contains("OK    digits-vgg/model.pt2", "OK    digits-vgg/model.pt ")
                .endsWith("4 of 4 OK\n");

        Path bad = Files.createDirectory(folder.resolve("bad"));
        for (String file : List.of("input.npy", "output.npy")) {
            Files.copy(EXAMPLES.resolve("digits-vgg").resolve(file), bad.resolve(file));
        }
        byte[] model = Files.readAllBytes(EXAMPLES.resolve("digits-vgg/model.pt2"));
        Files.write(bad.resolve("model.pt2"), Arrays.copyOf(model, model.length / 2));
        Shell.Result result = saguaro("check", bad);
        assertThat(result.code()).as("%s", result).isEqualTo(1);
        assertThat(result.out())
                .contains("FAIL  bad")
                .contains(bad.resolve("model.pt2").toString());
    }

    @Test
    void inspectShowsLayersAndWhoRunsThem() throws Exception {
        Shell.Result result = saguaro("inspect", "--json", EXAMPLES.resolve("digits-vgg/model.pt2"));

        assertThat(result.code()).as("%s", result).isZero();
        JsonNode conv = json(result).at("/layers/2");
        assertThat(conv.path("module").asText()).isEqualTo("features.0");
        assertThat(conv.path("operator").asText()).isEqualTo("aten.conv2d.default");
        assertThat(conv.at("/support/cpu").asBoolean()).isTrue();
    }

    @Test
    void demoServesAllExamplesAndDrawsWhatRan() throws Exception {
        Shell.Result result = saguaro("demo", "--seconds", "1", "--rate", "20", "--output", "pictures");

        assertThat(result.code()).as("%s", result).isZero();
        assertThat(result.out())
                .contains(
                        "digits-vgg", "shapes-detector", "speech-commands", "accuracy", "objects found", "utilisation");
        assertThat(new ObjectMapper()
                        .readTree(folder.resolve("work/pictures/trace.json").toFile())
                        .path("traceEvents"))
                .hasSizeGreaterThan(20);
        assertThat(folder.resolve("work/pictures/gantt.html")).content().contains("</title></rect>");
    }

    @Test
    void aWorkloadWritesEveryFileOfItsFolder() throws Exception {
        Shell.Result result = saguaro(
                "workload",
                EXAMPLES.resolve("workloads/networks.json"),
                "--policy",
                "rr",
                "--seconds",
                "1",
                "--scale-rate",
                "0.2",
                "--seed",
                "3",
                "-o",
                "results");

        assertThat(result.code()).as("%s", result).isZero();
        assertThat(result.out()).contains("digits-vgg", "accuracy", "policy rr, seed 3", "decisions in");
        JsonNode summary = summary("results");
        assertThat(summary.path("complete").asBoolean()).as("%s", summary).isTrue();
        long requests = summary.path("requests").asLong();
        assertThat(requests).isPositive();
        List<String> rows = Files.readAllLines(folder.resolve("work/results/requests.csv"));
        assertThat(rows.get(0)).startsWith("request,stream,application,tenant,arrivalMillis,endMillis,latencyMillis");
        assertThat(rows).hasSize((int) requests + 1);
        assertThat(rows.subList(1, rows.size())).allMatch(row -> row.contains(",completed,"));
        long decisions = summary.at("/scheduling/decisions").asLong();
        List<String> rounds = Files.readAllLines(folder.resolve("work/results/scheduling.csv"));
        assertThat(rounds.subList(1, rounds.size()).stream()
                        .mapToLong(row -> Long.parseLong(row.split(",", -1)[2]))
                        .sum())
                .isEqualTo(decisions);
        long tasks = summary.path("tracedTasks").asLong();
        assertThat(tasks).isGreaterThanOrEqualTo(requests);
        // A task is decided about again when its PE is parked, as a shape of the cores is that has to wait for its
        // turn.
        assertThat(decisions).isGreaterThanOrEqualTo(tasks);
        try (Stream<String> lines = Files.lines(folder.resolve("work/results/tasks.ndjson"))) {
            assertThat(lines.filter(line -> line.contains("\"kind\":\"task\"")).count())
                    .isEqualTo(tasks);
        }
        assertThat(folder.resolve("work/results/gantt.html")).content().contains("</title></rect>");
        assertThat(new ObjectMapper()
                        .readTree(folder.resolve("work/results/trace.json").toFile())
                        .path("traceEvents"))
                .hasSizeGreaterThan((int) decisions);
        assertThat(folder.resolve("work/results/summary.txt")).content().contains("shapes-detector");
        assertThat(folder.resolve("work/results/workload.json"))
                .hasSameTextualContentAs(EXAMPLES.resolve("workloads/networks.json"));
    }

    @Test
    void theOtherShippedWorkloadsOfNetworksRunToo() throws Exception {
        for (String name : List.of("overload", "replay")) {
            Shell.Result result = saguaro(
                    "workload", EXAMPLES.resolve("workloads/" + name + ".json"), "--seconds", "0.5", "-o", name);
            assertThat(result.code()).as("%s", result).isZero();
            assertThat(summary(name).path("complete").asBoolean()).isTrue();
            assertThat(summary(name).path("requests").asLong()).isPositive();
        }
    }

    @Test
    void anInterruptedWorkloadLeavesWhatThereIsAndSaysSo() throws Exception {
        // One small network and little warming up: it is about the end, not about the beginning.
        Files.writeString(
                folder.resolve("work/long.json"),
                "{\"durationSeconds\": 600, \"warmUpRequests\": 1, \"streams\": [{\"example\": \""
                        + EXAMPLES.resolve("digits-vgg")
                        + "\", \"arrivals\": {\"process\": \"periodic\", \"perSecond\": 50}}]}");
        Process run = user.start(home.resolve("bin/saguaro"), "workload", "long.json", "-o", "results");
        Path requests = folder.resolve("work/results/requests.csv");
        await("requests that have ended", () -> Files.exists(requests) && Files.size(requests) > 500);

        assertThat(user.run("kill", "-TERM", run.pid()).code()).isZero();

        assertThat(run.waitFor()).as("as of a process that SIGTERM ended").isEqualTo(143);
        JsonNode summary = summary("results");
        assertThat(summary.path("status").asText()).isEqualTo("interrupted");
        assertThat(summary.path("complete").asBoolean()).isFalse();
        List<String> rows = Files.readAllLines(requests);
        assertThat(rows).hasSize(summary.path("requests").asInt() + 1);
        assertThat(folder.resolve("work/results/summary.txt")).content().contains("INTERRUPTED, results until then");
        assertThat(folder.resolve("work/results/gantt.html")).content().contains("</title></rect>");
        try (Stream<Path> left = Files.list(home.resolve("var"))) {
            assertThat(left.map(path -> path.getFileName().toString())).noneMatch(name -> name.startsWith("command-"));
        }
    }

    @Test
    void theSameWorkloadIsSimulatedUnderSeveralPolicies() throws Exception {
        Shell.Result result = saguaro(
                "simulate",
                EXAMPLES.resolve("workloads/networks.json"),
                "--policy",
                "eft,rr",
                "--seconds",
                "20",
                "--scale-rate",
                "0.2",
                "-o",
                "simulated");

        assertThat(result.code()).as("%s", result).isZero();
        assertThat(result.out()).contains("of virtual time", "policy eft", "policy rr", "makespan s");
        for (String policy : List.of("eft", "rr")) {
            JsonNode summary = summary("simulated/" + policy);
            assertThat(summary.path("kind").asText()).isEqualTo("simulated");
            assertThat(summary.path("complete").asBoolean()).isTrue();
            assertThat(Files.readAllLines(folder.resolve("work/simulated/" + policy + "/requests.csv")))
                    .hasSize(summary.path("requests").asInt() + 1);
            assertThat(folder.resolve("work/simulated/" + policy + "/gantt.html"))
                    .content()
                    .contains("</title></rect>");
        }
        // The same arrivals, whoever schedules them.
        assertThat(summary("simulated/eft").path("requests").asLong())
                .isEqualTo(summary("simulated/rr").path("requests").asLong())
                .isPositive();
        Shell.Result unknown = saguaro(
                "simulate", EXAMPLES.resolve("workloads/networks.json"), "--policy", "nonsense", "-o", "simulated");
        assertThat(unknown.code()).isEqualTo(1);
        assertThat(unknown.err()).contains("no policy 'nonsense'; there are: ").contains("heft");
    }

    @Test
    void profileWritesWhatApplicationsConsistOf() throws Exception {
        Path model = EXAMPLES.resolve("speech-commands/model.pt2");
        Shell.Result result =
                saguaro("profile", EXAMPLES.resolve("digits-vgg"), model, "--runs", "3", "-o", "profiles.json");

        assertThat(result.code()).as("%s", result).isZero();
        assertThat(result.out()).contains("digits-vgg", "MFLOP", "Profiles: " + folder.resolve("work/profiles.json"));
        JsonNode profiles = new ObjectMapper()
                .readTree(folder.resolve("work/profiles.json").toFile())
                .path("profiles");
        assertThat(profiles).hasSize(2);
        assertThat(profiles.at("/0/name").asText()).isEqualTo("digits-vgg");
        assertThat(profiles.at("/0/kernels/0/measured/0/peType").asText()).startsWith("cpu");

        assertRefused(saguaro("profile", "nonsense", "-o", "p.json"), "found no application 'nonsense'");
        assertRefused(saguaro("profile", model, "--runs", "0", "-o", "p.json"), "--runs: found 0, expected 1 or more");
        assertRefused(
                saguaro("profile", "there/is/none.pt2", "-o", "p.json"),
                folder.resolve("work/there/is/none.pt2").toString());
        assertThat(folder.resolve("work/p.json")).doesNotExist();
        assertThat(saguaro("profile", model).code()).as("nowhere to write to").isEqualTo(2);
    }

    @Test
    void whatIfReplaysAWorkload() throws Exception {
        Path trace = folder.resolve("work/results/tasks.ndjson");
        Shell.Result run =
                saguaro("workload", EXAMPLES.resolve("workloads/networks.json"), "--seconds", "0.5", "-o", "results");
        assertThat(run.code()).as("%s", run).isZero();

        Shell.Result result = saguaro("whatif", trace, "--policy", "rr,heft", "-o", "replays");

        assertThat(result.code()).as("%s", result).isZero();
        assertThat(result.out())
                .contains("Recorded ", "makespan ms", "The simulator against what was recorded: mean ")
                .containsPattern("replayed +rr ")
                .contains("rr on ", " against that replay: mean ")
                // Every request goes by what it took.
                .doesNotContain("is drawn");
        assertThat(Files.readAllLines(folder.resolve("work/replays/whatif.csv")))
                .anyMatch(line -> line.startsWith("recorded,"))
                .anyMatch(line -> line.startsWith("replayed,rr,"))
                .anyMatch(line -> line.startsWith("replayed,heft,"));
        assertThat(folder.resolve("work/replays/replayed-rr.html")).content().contains("</title></rect>");

        assertRefused(saguaro("whatif", trace, "--policy", "nonsense"), "no policy 'nonsense'; there are: ");
        assertRefused(saguaro("whatif", trace, "--pool", "nonsense"), "nonsense");
        assertRefused(saguaro("whatif", "none.ndjson"), folder.resolve("work/none.ndjson") + ": ");
        Path wrong = folder.resolve("work/wrong.ndjson");
        List<String> lines = Files.readAllLines(trace);
        Files.writeString(wrong, lines.get(0) + "\n{\"kind\": \"tusk\"}\n" + lines.get(1) + "\n");
        assertRefused(saguaro("whatif", wrong), wrong + ":2: kind: found 'tusk', expected header, profile, ");
        Files.writeString(wrong, lines.get(0) + "\n");
        assertRefused(
                saguaro("whatif", wrong),
                wrong + ": the trace has no request that has a result, expected one at least");
    }

    private static void assertRefused(Shell.Result result, String why) {
        assertThat(result.code()).as("%s", result).isEqualTo(1);
        assertThat(result.err()).contains(why).doesNotContain("\tat ");
    }

    @Test
    void aWrongWorkloadIsRefusedWithLineAndColumn() throws Exception {
        Path file = folder.resolve("work/wrong.json");
        Files.writeString(file, "{\"durationSeconds\": 1,\n \"streams\": [{\"application\": \"a\"}]}");
        Shell.Result result = saguaro("workload", "wrong.json");
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err())
                .contains("saguaro: " + file + ":2:14: streams[0]: found neither 'arrivals' nor 'instances'");
        Files.writeString(file, "{\"durationSeconds\": 1, \"streams\": [{\"application\": \"a\", \"instances\": 1}]}");
        Shell.Result unknown = saguaro("workload", "wrong.json");
        assertThat(unknown.code()).isEqualTo(1);
        assertThat(unknown.err()).contains("found no application 'a'").contains("put its bundle into plugins/");
    }

    private JsonNode summary(String results) throws IOException {
        return new ObjectMapper()
                .readTree(folder.resolve("work")
                        .resolve(results)
                        .resolve("summary.json")
                        .toFile());
    }

    @Test
    void sweepExploresAndGoesOnWhereItEnded() throws Exception {
        Path file = EXAMPLES.resolve("sweeps/quick.json");

        Shell.Result result = saguaro("sweep", file, "--output", "swept");

        assertThat(result.code()).as("%s", result).isZero();
        assertThat(result.out()).contains("36 points in", "Best by energy-delay product", "Pareto front");
        Path swept = folder.resolve("work/swept");
        byte[] results = Files.readAllBytes(swept.resolve("results.csv"));
        assertThat(swept.resolve("index.html")).content().contains("data:image/png;base64,");

        Files.write(swept.resolve("results.csv"), Arrays.copyOf(results, results.length / 2));
        Shell.Result again = saguaro("sweep", file, "--output", "swept", "--jobs", "1");
        assertThat(again.code()).as("%s", again).isZero();
        assertThat(again.out()).containsPattern("1[5-8] of 36 points were there already");
        assertThat(Files.readAllBytes(swept.resolve("results.csv"))).isEqualTo(results);

        Shell.Result misspelt = saguaro("sweep", "absent.json");
        assertThat(misspelt.code()).isEqualTo(1);
        assertThat(misspelt.err()).contains("absent.json: no such file");
    }

    @Test
    void misuseHasItsOwnExitCode() throws Exception {
        assertThat(saguaro("infer").code()).isEqualTo(2);
        assertThat(saguaro("--help").code()).isZero();
        Shell.Result missing = saguaro("infer", "absent.pt2", "--input", "absent.npy");
        assertThat(missing.code()).isEqualTo(1);
        assertThat(missing.err()).isEqualTo("saguaro: " + folder.resolve("work/absent.npy") + ": no such file\n");
        Shell.Result platform = saguaro("--platform", "toaster", "inspect", "absent.pt2");
        assertThat(platform.code()).isEqualTo(1);
        assertThat(platform.err()).contains("no platform 'toaster'").contains("[cpu, zcu102, zcu102-rtl]");
    }

    @Test
    void theDaemonServesItsShellUntilItIsStopped() throws Exception {
        assertThat(saguaro("status").code()).isEqualTo(1);
        Shell.Result unreachable = saguaro("shell", "lb");
        assertThat(unreachable.code()).isEqualTo(1);
        assertThat(unreachable.err()).contains("not running: start it by 'saguaro start'");

        Shell.Result start = saguaro("start");
        assertThat(start.code()).as("%s", start).isZero();
        assertThat(start.out()).contains("ready after");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve("var/run/shell.sock"))))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve("var/run"))))
                .isEqualTo("rwx------");

        Shell.Result second = saguaro("start");
        assertThat(second.code()).isEqualTo(1);
        assertThat(second.err()).contains("running already");

        JsonNode status = json(saguaro("status", "--json"));
        assertThat(status.path("running").asBoolean()).isTrue();
        assertThat(status.path("processingElements")).isNotEmpty();
        assertThat(listeningPorts(status.path("pid").asLong())).isEmpty();

        assertThat(saguaro("stop").code()).isZero();
        assertThat(saguaro("status").code()).isEqualTo(1);
        assertThat(home.resolve("var/log/saguaro.0.log"))
                .content()
                .contains("ready after", "stopping: requests in flight are finished first", "DaemonProcess: stopped");
    }

    @Test
    void theShellDeploysInfersAndSwitchesPolicies() throws Exception {
        Path example = EXAMPLES.resolve("digits-vgg");
        assertThat(saguaro("start").code()).isZero();

        assertThat(saguaro("shell", "deploy", "--name", "my digits", example.resolve("model.pt2"))
                        .out())
                .startsWith("deployed my digits in");
        Shell.Result taken = saguaro("shell", "deploy", "--name", "my digits", example.resolve("model.pt2"));
        assertThat(taken.code()).as("%s", taken).isEqualTo(1);
        assertThat(json(saguaro("shell", "deployments", "--json")).at("/0/name").asText())
                .isEqualTo("my digits");

        Files.copy(example.resolve("input.npy"), folder.resolve("work/x.npy"));
        Shell.Result infer = saguaro("shell", "infer", "--json", "my digits", "x.npy");
        assertThat(json(infer).at("/outputs/0/values/3").asDouble())
                .isCloseTo(floats(example.resolve("output.npy"), 10).get(3), within(1e-3));

        for (String policy : List.of("rr", "fcfs", "eft")) {
            assertThat(saguaro("shell", "policy", policy).code()).isZero();
            assertThat(saguaro("shell", "policy").out()).isEqualTo(policy + "\n");
            assertThat(saguaro("shell", "infer", "--repeat", "20", "my digits", "x.npy")
                            .code())
                    .isZero();
        }
        Shell.Result unknown = saguaro("shell", "policy", "nonsense");
        assertThat(unknown.code()).isEqualTo(1);
        assertThat(unknown.err())
                .startsWith("no policy 'nonsense'; there are: dmda, dmdas, edf, ")
                .endsWith(", sufferage, vos\n");

        assertThat(saguaro("shell", "placement", "my digits").out()).contains("features.0", "folded into");
        assertThat(json(saguaro("placement", "--json", "my digits"))
                        .at("/layers/2/path")
                        .asText())
                .isEqualTo("features.0");
        assertThat(saguaro("placement", "--html", "p.html", "my digits").code()).isZero();
        assertThat(folder.resolve("work/p.html")).content().contains("features.0");
        Shell.Result script =
                saguaro("deploy", "--name", "script", example.resolve("model.pt"), example.resolve("input.npy"));
        assertThat(script.code()).as("%s", script).isZero();
        // Deployed without its inputs, nothing would have run yet, and every layer would be a task.
        assertThat(script.out()).contains("deployed script", "1 task: ", "layers on CPU");
        assertThat(saguaro("shell", "reset", "script").out()).contains("reset script");
        assertThat(saguaro("shell", "undeploy", "script").code()).isZero();
        assertThat(saguaro("deploy", "--name", "second", example.resolve("model.pt2"))
                        .out())
                .startsWith("deployed second in")
                .contains("1 task: ")
                .contains("no accelerator present");
        assertThat(json(saguaro("shell", "stats", "--json")).at("/0/completed").asLong())
                .isEqualTo(61);
        assertThat(saguaro("shell", "trace", "--output", "t.html").code()).isZero();
        assertThat(folder.resolve("work/t.html")).content().contains("my digits");

        Shell.Result lines =
                user.runWithInput("policies\nno-such-command\npes\n", home.resolve("bin/saguaro"), "shell");
        assertThat(lines.code()).as("%s", lines).isEqualTo(1);
        assertThat(lines.err()).contains("Command not found: no-such-command");
        assertThat(lines.out()).contains("eft").doesNotContain("memory");

        assertThat(saguaro("shell", "undeploy", "my digits").code()).isZero();
        assertThat(saguaro("shell", "undeploy", "my digits").err()).contains("nothing is deployed as 'my digits'");
    }

    @Test
    void theShellShowsWhatTheMonitorSees() throws Exception {
        Path example = EXAMPLES.resolve("digits-vgg");
        assertThat(saguaro("start").code()).isZero();
        assertThat(saguaro("shell", "deploy", "--name", "digits", example.resolve("model.pt2"))
                        .code())
                .isZero();
        Files.copy(example.resolve("input.npy"), folder.resolve("work/x.npy"));
        assertThat(saguaro("shell", "infer", "--repeat", "50", "digits", "x.npy")
                        .code())
                .isZero();

        await(
                "a sample with the requests",
                () -> json(saguaro("shell", "monitor", "--json"))
                                .at("/applications/0/completed")
                                .asLong()
                        == 50);
        JsonNode snapshot = json(saguaro("shell", "monitor", "--json"));
        assertThat(snapshot.at("/processingElements/0/id").asText()).isEqualTo("cpu0");
        assertThat(snapshot.at("/applications/0/latency/p50Nanos").asLong()).isPositive();
        assertThat(snapshot.at("/host/residentBytes").asLong()).isPositive();
        Shell.Result screen = saguaro("shell", "monitor", "--watch", "0.1", "--count", "2");
        assertThat(screen.code()).as("%s", screen).isZero();
        assertThat(screen.out())
                .containsPattern("(?s)over the last .*digits .*scheduling .*host .*over the last ")
                .contains("policy eft", "cpu0");
        assertThat(saguaro("shell", "sensors").code()).isZero();
        assertThat(json(saguaro("shell", "sensors", "--json")).isArray()).isTrue();
        assertThat(saguaro("shell", "monitor", "off").out()).isEqualTo("monitoring is off\n");
        assertThat(saguaro("shell", "monitor").out()).contains("monitoring is off");
        assertThat(saguaro("shell", "monitor", "on").out()).isEqualTo("monitoring is on\n");
        Shell.Result misused = saguaro("shell", "monitor", "sideways");
        assertThat(misused.code()).as("%s", misused).isEqualTo(1);
        assertThat(misused.err()).contains("usage: monitor");
    }

    @Test
    void programsDeployAndInferOverTheInferenceSocket() throws Exception {
        Path example = EXAMPLES.resolve("digits-vgg");
        assertThat(saguaro("start").code()).isZero();
        List<String> daemon = Files.readAllLines(home.resolve("var/run/daemon"));
        assertThat(daemon)
                .hasSize(3)
                .last()
                .isEqualTo(home.resolve("var/run/inference.sock").toString());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(Path.of(daemon.get(2)))))
                .isEqualTo("rw-------");
        List<Double> expected = floats(example.resolve("output.npy"), 10);
        byte[] npy = Files.readAllBytes(example.resolve("input.npy"));
        byte[] input = Arrays.copyOfRange(npy, npy.length - 4 * 64, npy.length);

        try (ProtocolClient client = ProtocolClient.connect(Path.of(daemon.get(2)))) {
            assertThat(client.call(ProtocolClient.HELLO, "{}")
                            .header()
                            .path("server")
                            .asText())
                    .isEqualTo("saguaro");
            ProtocolClient.Reply deploy = client.call(
                    ProtocolClient.DEPLOY,
                    "{\"name\":\"mine\",\"fileName\":\"digits.pt2\"}",
                    Files.readAllBytes(example.resolve("model.pt2")));
            assertThat(deploy.header().at("/inputs/0/shape").toString())
                    .as("%s", deploy)
                    .isEqualTo("[1,1,8,8]");
            assertThat(home.resolve("var/uploads")).isEmptyDirectory();

            String header =
                    "{\"name\":\"mine\",\"tensors\":[{\"dtype\":\"float32\",\"shape\":[1,1,8,8],\"offset\":0}]}";
            for (int id = 0; id < 20; id++) {
                client.send(ProtocolClient.INFER, id, header, input);
            }
            for (int id = 0; id < 20; id++) {
                ProtocolClient.Reply reply = client.receive();
                assertThat(reply.id()).as("%s", reply).isEqualTo(id);
                for (int i = 0; i < 10; i++) {
                    assertThat((double) reply.payload().getFloat(4 * i)).isCloseTo(expected.get(i), within(1e-3));
                }
            }

            ProtocolClient.Reply wrong =
                    client.call(ProtocolClient.INFER, header.replace("[1,1,8,8]", "[1,1,4,16]"), input);
            assertThat(wrong.category()).isEqualTo("INVALID_INPUT");
            assertThat(wrong.message()).contains("found float32[1, 1, 4, 16], expected float32[1, 1, 8, 8]");
            ProtocolClient.Reply placement = client.call(ProtocolClient.PLACEMENT, "{\"name\":\"mine\"}");
            assertThat(placement.header().path("text").asText()).contains("features.0");
            assertThat(saguaro("shell", "deployments").out()).contains("mine");

            assertThat(saguaro("stop").code()).isZero();
            assertThat(client.isAtEnd()).isTrue();
        }
        assertThat(Path.of(daemon.get(2))).doesNotExist();
    }

    @Test
    void aPluginComesAndGoesWithItsFileWhileRequestsRun() throws Exception {
        Path example = EXAMPLES.resolve("digits-vgg");
        assertThat(saguaro("start").code()).isZero();
        assertThat(saguaro("shell", "deploy", example.resolve("model.pt2")).code())
                .isZero();
        Path dropped = home.resolve("plugins/null.jar");

        Files.copy(PLUGIN, dropped);
        await("null0 to come", () -> peIds().contains("null0"));
        assertThat(saguaro("shell", "infer", "--repeat", "50", "digits-vgg", example.resolve("input.npy"))
                        .code())
                .isZero();
        assertThat(saguaro("shell", "lb").out()).contains("null-accelerator");

        Files.delete(dropped);
        await("null0 to go", () -> !peIds().contains("null0"));
        assertThat(saguaro("shell", "infer", "digits-vgg", example.resolve("input.npy"))
                        .code())
                .isZero();

        Shell.Result install = saguaro("shell", "install", PLUGIN.toUri());
        assertThat(install.out()).as("%s", install).contains("Bundle ID:");
        String bundle = install.out().replaceAll("\\D+", "");
        assertThat(saguaro("shell", "start", bundle).code()).isZero();
        await("null0 to come", () -> peIds().contains("null0"));
        assertThat(saguaro("shell", "update", bundle).code()).isZero();
        await("null0 to come back", () -> peIds().contains("null0"));
        assertThat(saguaro("shell", "stop", bundle).code()).isZero();
        await("null0 to go", () -> !peIds().contains("null0"));
        assertThat(saguaro("shell", "uninstall", bundle).code()).isZero();
    }

    /** As docs/writing-a-policy.md says: copied out of the distribution, built with nothing else of ours, dropped in, used. */
    @Test
    void aPolicyMadeFromTheTemplateIsUsed() throws Exception {
        Path project = built("policy-template", "my-policy");

        Path example = EXAMPLES.resolve("digits-vgg");
        assertThat(saguaro("start").code()).isZero();
        assertThat(saguaro("shell", "deploy", example.resolve("model.pt2")).code())
                .isZero();
        Files.copy(project.resolve("target/my-policy-1.0.0.jar"), home.resolve("plugins/my-policy.jar"));
        await("the policy to come", () -> saguaro("shell", "policies").out().contains("shortest-queue"));
        assertThat(saguaro("shell", "policy", "shortest-queue").code()).isZero();

        assertThat(saguaro("shell", "infer", "--repeat", "100", "digits-vgg", example.resolve("input.npy"))
                        .code())
                .isZero();
        assertThat(saguaro("shell", "policy").out()).as("after 100 requests").isEqualTo("shortest-queue\n");

        Files.delete(home.resolve("plugins/my-policy.jar"));
        await(
                "another policy to take over",
                () -> saguaro("shell", "policy").out().equals("eft\n"));
        assertThat(saguaro("shell", "infer", "digits-vgg", example.resolve("input.npy"))
                        .code())
                .isZero();
    }

    /** The programmable logic of a board, simulated: built once into the distribution's state, used by those layers that engines can run. */
    @Test
    void theFpgaIsSimulated() throws Exception {
        assumeThere("verilator", "--version");
        assumeThere("g++", "--version");
        assumeThere("make", "--version");
        Path example = EXAMPLES.resolve("digits-vgg");

        Shell.Result check = saguaro("check", "--platform", "zcu102-rtl", example);

        assertThat(check.code()).as("%s", check).isZero();
        assertThat(check.out()).contains("on zynq-conv in float32", "2 of 2 OK");
        assertThat(saguaro("start", "--platform", "zcu102-rtl").code()).isZero();
        assertThat(saguaro("shell", "deploy", example.resolve("model.pt2")).code())
                .isZero();
        assertThat(saguaro("shell", "policy", "rr").code()).isZero();
        assertThat(saguaro("shell", "infer", "--repeat", "5", "digits-vgg", example.resolve("input.npy"))
                        .code())
                .isZero();
        JsonNode engine = json(saguaro("shell", "pes", "--json")).findParents("id").stream()
                .filter(pe -> pe.path("id").asText().equals("conv0"))
                .findFirst()
                .orElseThrow();
        assertThat(engine.path("cycles").path("commands").asLong())
                .as("%s", engine)
                .isPositive();
        assertThat(saguaro("stop").code()).isZero();
    }

    private void assumeThere(String... command) throws InterruptedException {
        boolean there;
        try {
            there = user.run((Object[]) command).code() == 0;
        } catch (IOException e) {
            there = false;
        }
        Assumptions.assumeTrue(there, () -> "there is no " + command[0] + " on the PATH to simulate the FPGA with");
    }

    /** Without what a platform is nothing without, commands say why; and what it configured is gone with the next platform. */
    @Test
    void aPlatformWithoutItsDeviceSaysWhy() throws Exception {
        String description = Files.readString(home.resolve("platforms/zcu102-rtl.json"));
        Files.writeString(
                home.resolve("platforms/broken.json"),
                description.replace(
                        "\"overlays.all\": false", "\"overlays.all\": false, \"library\": \"/nonexistent.so\""));

        Shell.Result check = saguaro("check", "--platform", "broken", EXAMPLES.resolve("digits-vgg"));

        assertThat(check.code()).as("%s", check).isEqualTo(1);
        assertThat(check.err())
                .contains("the platform needs processing elements of the types zynq-conv, zynq-fft, zynq-zip")
                .contains("there is no library /nonexistent.so");
        assertThat(saguaro("start", "--platform", "broken").code()).isZero();
        assertThat(saguaro("shell", "pes").out()).contains("not available: zynq: rtl: there is no library");
        assertThat(saguaro("stop").code()).isZero();
        assertThat(saguaro("start").code()).isZero();
        assertThat(saguaro("shell", "pes").out()).contains("cpu0").doesNotContain("not available");
        assertThat(saguaro("shell", "fpga").out()).contains("no device is configured");
        assertThat(saguaro("stop").code()).isZero();
    }

    /** As docs/writing-an-accelerator.md says: copied out of the distribution, built with nothing else of ours, dropped in, used. */
    @Test
    void anAcceleratorMadeFromTheTemplateIsUsed() throws Exception {
        Path project = built("accelerator-template", "my-accelerator");
        Path example = EXAMPLES.resolve("shapes-detector");
        assertThat(saguaro("start").code()).isZero();
        assertThat(saguaro("shell", "deploy", example.resolve("model.pt2")).code())
                .isZero();
        Files.copy(project.resolve("target/my-accelerator-1.0.0.jar"), home.resolve("plugins/my-accelerator.jar"));
        await("the PE to come", () -> peIds().contains("null0"));
        assertThat(saguaro("shell", "policy", "rr").code()).isZero();

        await("the PE to be given work", () -> {
            assertThat(saguaro("shell", "infer", "--repeat", "20", "shapes-detector", example.resolve("input.npy"))
                            .code())
                    .isZero();
            return saguaro("placement", "shapes-detector").out().contains("on null0");
        });
    }

    /** They are in plugins/ and nowhere else: whoever takes one out is rid of it. */
    @Test
    void theApplicationsInPluginsRunAndCanBeTakenOut() throws Exception {
        List<String> names = List.of("lane-detection", "pulse-doppler", "radar-correlator", "wifi-tx");
        for (String name : names) {
            Files.copy(BUILT.resolve("plugins/" + name + ".jar"), home.resolve("plugins/" + name + ".jar"));
        }
        assertThat(saguaro("start").code()).isZero();
        await("the applications to come", () -> applications().equals(names));

        for (String name : names) {
            Shell.Result run = saguaro("shell", "application", "--instances", "3", "--json", name);
            assertThat(run.code()).as("%s", run).isZero();
            assertThat(json(run))
                    .hasSize(3)
                    .allSatisfy(instance -> assertThat(instance.path("right").asBoolean())
                            .as("%s", instance)
                            .isTrue());
        }
        Shell.Result unknown = saguaro("shell", "application", "nonsense");
        assertThat(unknown.code()).isEqualTo(1);
        assertThat(unknown.err()).isEqualTo("no application 'nonsense'; there are: " + String.join(", ", names) + "\n");

        Files.delete(home.resolve("plugins/radar-correlator.jar"));
        await("one to go", () -> applications().equals(List.of("lane-detection", "pulse-doppler", "wifi-tx")));
        assertThat(saguaro("shell", "application", "wifi-tx").code()).isZero();
        assertThat(saguaro("stop").code()).isZero();

        Shell.Result check = saguaro("check", EXAMPLES.resolve("digits-vgg"));
        assertThat(check.code()).as("%s", check).isZero();
        assertThat(check.err()).as("news of plugins, which nobody asked for").isEmpty();
    }

    private List<String> applications() throws Exception {
        List<String> names = new ArrayList<>();
        json(saguaro("shell", "applications", "--json"))
                .forEach(
                        application -> names.add(application.path("application").asText()));
        return names;
    }

    /** As docs/applications.md says: copied out of the distribution, built with nothing else of ours, dropped in, run. */
    @Test
    void anApplicationMadeFromTheTemplateRuns() throws Exception {
        Path project = built("application-template", "my-application");
        assertThat(saguaro("start").code()).isZero();
        Files.copy(project.resolve("target/my-application-1.0.0.jar"), home.resolve("plugins/my-application.jar"));
        await("the application to come", () -> applications().equals(List.of("loudest-tone")));

        Shell.Result run = saguaro("shell", "application", "--instances", "3", "loudest-tone");

        assertThat(run.code()).as("%s", run).isZero();
        assertThat(run.out()).contains("tone 5", "tone 40", "tone 99");
    }

    /** A copy of one of the distribution's templates, built by Maven. */
    private Path built(String template, String name) throws Exception {
        Assumptions.assumeTrue(isMavenThere(), "there is no mvn on the PATH to build the template with");
        Path source = BUILT.resolve("examples").resolve(template);
        Path project = folder.resolve("work").resolve(name);
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : files.toList()) {
                Files.copy(file, project.resolve(source.relativize(file)));
            }
        }
        Shell.Result build =
                user.run("mvn", "-B", "-f", project.resolve("pom.xml"), "-Dsaguaro.home=" + BUILT, "package");
        assertThat(build.code()).as("%s", build).isZero();
        assertThat(build.out())
                .as("the template's tests")
                .containsPattern("Tests run: [1-9]\\d*, Failures: 0, Errors: 0");
        return project;
    }

    private boolean isMavenThere() throws InterruptedException {
        try {
            return user.run("mvn", "-v").code() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void aCommandWhoseClientLeavesIsInterrupted() throws Exception {
        Path example = EXAMPLES.resolve("digits-vgg");
        assertThat(saguaro("start").code()).isZero();
        assertThat(saguaro("shell", "deploy", example.resolve("model.pt2")).code())
                .isZero();
        Process client = user.start(
                home.resolve("bin/saguaro"),
                "shell",
                "infer",
                "--repeat",
                "100000000",
                "digits-vgg",
                example.resolve("input.npy"));
        await("requests to run", () -> completedRequests() > 0);

        client.destroyForcibly();
        client.onExit().join();

        await("requests to end", () -> {
            long before = completedRequests();
            return completedRequests() == before;
        });
    }

    private long completedRequests() throws Exception {
        return json(saguaro("shell", "stats", "--json")).at("/0/completed").asLong();
    }

    @Test
    void aKilledDaemonIsNotInTheWayOfTheNextAndPoliciesAreKept() throws Exception {
        assertThat(saguaro("start").code()).isZero();
        assertThat(saguaro("shell", "policy", "rr").code()).isZero();
        long pid = json(saguaro("status", "--json")).path("pid").asLong();
        ProcessHandle daemon = ProcessHandle.of(pid).orElseThrow();
        daemon.destroyForcibly();
        daemon.onExit().join();

        Shell.Result status = saguaro("status");
        assertThat(status.code()).isEqualTo(1);
        assertThat(status.out()).isEqualTo("Saguaro is not running\n");
        Shell.Result again = saguaro("start");
        assertThat(again.code()).as("%s", again).isZero();
        assertThat(saguaro("shell", "policy").out()).isEqualTo("rr\n");
    }

    @FunctionalInterface
    private interface Condition {
        boolean holds() throws Exception;
    }

    /** Each look is a process of its own, so this does not spin. */
    private static void await(String what, Condition condition) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime() - deadline)
                    .as("waited %s s for %s", PATIENCE.toSeconds(), what)
                    .isNegative();
        }
    }

    private List<String> peIds() throws Exception {
        List<String> ids = new ArrayList<>();
        json(saguaro("shell", "pes", "--json"))
                .forEach(pe -> ids.add(pe.path("id").asText()));
        return ids;
    }

    private Shell.Result saguaro(Object... arguments) throws IOException, InterruptedException {
        Object[] command = new Object[arguments.length + 1];
        command[0] = home.resolve("bin/saguaro");
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        return user.run(command);
    }

    private static JsonNode json(Shell.Result result) throws IOException {
        assertThat(result.code()).as("%s", result).isZero();
        return new ObjectMapper().readTree(result.out());
    }

    /** The last floats of a file, which is all of a small array. */
    private static List<Double> floats(Path npy, int count) throws IOException {
        byte[] bytes = Files.readAllBytes(npy);
        ByteBuffer data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        List<Double> floats = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            floats.add((double) data.getFloat(bytes.length - 4 * (count - i)));
        }
        return floats;
    }

    /** TCP and UDP sockets on which a process waits, by /proc. */
    private static List<String> listeningPorts(long pid) throws IOException {
        Set<String> inodes;
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            inodes = descriptors
                    .map(DistributionIT::linkTarget)
                    .filter(target -> target.startsWith("socket:["))
                    .map(target -> target.replaceAll("\\D", ""))
                    .collect(Collectors.toSet());
        }
        List<String> ports = new ArrayList<>();
        for (String table : List.of("tcp", "tcp6", "udp", "udp6")) {
            Path file = Path.of("/proc/net/" + table);
            if (Files.exists(file)) {
                Files.readAllLines(file, StandardCharsets.US_ASCII).stream()
                        .skip(1)
                        .map(line -> line.strip().split("\\s+"))
                        .filter(fields -> inodes.contains(fields[9]))
                        .forEach(fields -> ports.add(table + " " + fields[1]));
            }
        }
        return ports;
    }

    private static String linkTarget(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException e) {
            return "";
        }
    }
}
