// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.command;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.saguaro.formats.text.Figures;
import org.saguaro.formats.text.Json;
import org.saguaro.runtime.core.SaguaroRuntime;

/** {@code saguaro check}: the models of folders against stored answers, a line each as soon as it is known. */
@Component(service = ToIntFunction.class, property = "saguaro.command=check")
public final class CheckCommand extends LauncherCommand {

    private final SaguaroRuntime runtime;
    private final Readiness readiness;

    @Activate
    public CheckCommand(@Reference SaguaroRuntime runtime, @Reference Readiness readiness) {
        this.runtime = runtime;
        this.readiness = readiness;
    }

    @Override
    protected int run(Options options) throws Exception {
        readiness.await();
        boolean json = options.flag("json");
        List<Path> folders = options.paths("folders");
        FolderCheck check = new FolderCheck(
                runtime,
                options.number("tolerance"),
                options.optionalText("precision").orElse(""));
        int width = folders.stream()
                .flatMap(folder -> FolderCheck.labels(folder).stream())
                .mapToInt(String::length)
                .max()
                .orElse(0);
        List<FolderCheck.Result> results = new ArrayList<>();
        for (Path folder : folders) {
            check.check(folder, result -> {
                results.add(result);
                if (!json) {
                    print(result, width, options.out());
                }
            });
        }
        long ok = results.stream().filter(FolderCheck.Result::isOk).count();
        if (json) {
            options.out()
                    .println(Json.text(results.stream().map(CheckCommand::json).toList()));
        } else {
            options.out().println(ok + " of " + results.size() + " OK");
        }
        return ok == results.size() ? OK : FAILURE;
    }

    private static void print(FolderCheck.Result result, int width, PrintStream out) {
        Difference difference = result.difference();
        String figures = Double.isNaN(difference.absolute())
                ? ""
                : String.format(
                        "  absolute %-8s relative %-8s",
                        Figures.small(difference.absolute()), Figures.small(difference.relative()));
        String line =
                String.format("%-4s  %-" + Math.max(1, width) + "s", result.isOk() ? "OK" : "FAIL", result.model())
                        + figures
                        + (result.isOk() ? "" : "  " + result.failure());
        out.println(line.stripTrailing());
        result.worst().ifPresent(worst -> out.println("      worst layer: " + worst));
        out.flush();
    }

    private static Object json(FolderCheck.Result result) {
        Difference difference = result.difference();
        GraphFigures figures = result.figures();
        return Json.object(
                "model", result.model(),
                "ok", result.isOk(),
                "absolute", finite(difference.absolute()),
                "relative", finite(difference.relative()),
                "tolerance", result.tolerance(),
                "worstLayer", result.worst().map(WorstLayer::json).orElse(Map.of()),
                "failure", result.failure(),
                "examples", result.examples(),
                "deterministic", result.deterministic(),
                "layers", figures.layers(),
                "operators", figures.operators(),
                "hostLayers", figures.hostLayers(),
                "control", figures.control(),
                "states", figures.states());
    }

    /** JSON has no infinity; text is clearer than null. */
    private static Object finite(double value) {
        return Double.isFinite(value) ? value : (Double.isNaN(value) ? "not measured" : "infinite");
    }
}
