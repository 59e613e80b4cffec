// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.command;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToIntFunction;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.saguaro.formats.text.Figures;
import org.saguaro.formats.text.Json;
import org.saguaro.launcher.placement.PlacementJson;
import org.saguaro.launcher.placement.PlacementPage;
import org.saguaro.launcher.placement.PlacementText;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.InferenceResult;
import org.saguaro.runtime.core.SaguaroRuntime;

/** {@code saguaro infer}: one request to a model. */
@Component(service = ToIntFunction.class, property = "saguaro.command=infer")
public final class InferCommand extends LauncherCommand {

    private final SaguaroRuntime runtime;
    private final Readiness readiness;

    @Activate
    public InferCommand(@Reference SaguaroRuntime runtime, @Reference Readiness readiness) {
        this.runtime = runtime;
        this.readiness = readiness;
    }

    @Override
    protected int run(Options options) throws Exception {
        readiness.await();
        // ArrayFiles first: a mistake in them is found before the model is prepared.
        List<Tensor> inputs = ArrayFiles.read(options.paths("inputs"));
        LayerGraph model = runtime.read(options.path("model"));
        DeployOptions deployOptions = PrecisionOption.in(
                DeployOptions.named(ModelName.of(options.path("model"))),
                options.optionalText("precision").orElse(""));
        try (Deployment deployment = runtime.deploy(model, deployOptions)) {
            InferenceResult result = deployment.infer(inputs);
            Optional<Path> folder = options.optionalPath("output");
            List<Path> files = folder.isPresent() ? ArrayFiles.write(folder.get(), result.outputs()) : List.of();
            Optional<Path> page = options.optionalPath("placementPage");
            if (page.isPresent()) {
                PlacementPage.write(deployment.placement(), page.get());
            }
            if (options.flag("json")) {
                options.out().println(Json.text(json(deployment, result, files, options.flag("placement"))));
            } else {
                print(deployment, result, files, options.flag("placement"), options.out());
            }
        }
        return OK;
    }

    private static void print(
            Deployment deployment, InferenceResult result, List<Path> files, boolean placement, PrintStream out) {
        for (int i = 0; i < result.outputs().size(); i++) {
            out.println("output " + i + ": " + OutputText.line(result.outputs().get(i))
                    + (files.isEmpty() ? "" : "  -> " + files.get(i)));
        }
        out.println("latency: " + Figures.duration(result.latency().toNanos()) + " (first run)");
        out.println("placement: " + deployment.placement().summary());
        if (placement) {
            out.println();
            out.print(PlacementText.text(deployment.placement(), false));
        }
    }

    private static Object json(Deployment deployment, InferenceResult result, List<Path> files, boolean placement) {
        Map<String, Object> object = Json.object(
                "model", deployment.name(),
                "latencyNanos", result.latency().toNanos(),
                "outputs", result.outputs().stream().map(OutputText::json).toList(),
                "files", files.stream().map(Path::toString).toList());
        object.put(
                "placement",
                placement
                        ? PlacementJson.json(deployment.placement())
                        : deployment.placement().summary());
        return object;
    }
}
