// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.command;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.saguaro.accel.api.Support;
import org.saguaro.formats.text.Figures;
import org.saguaro.formats.text.Json;
import org.saguaro.formats.text.Table;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Value;
import org.saguaro.model.api.Weight;
import org.saguaro.runtime.core.LayerSupport;
import org.saguaro.runtime.core.SaguaroRuntime;

/** {@code saguaro inspect}: the layers of a model and who could run them. */
@Component(service = ToIntFunction.class, property = "saguaro.command=inspect")
public final class InspectCommand extends LauncherCommand {

    private final SaguaroRuntime runtime;
    private final Readiness readiness;

    @Activate
    public InspectCommand(@Reference SaguaroRuntime runtime, @Reference Readiness readiness) {
        this.runtime = runtime;
        this.readiness = readiness;
    }

    @Override
    protected int run(Options options) throws Exception {
        readiness.await();
        LayerGraph model = runtime.read(options.path("model"));
        List<LayerSupport> supports = runtime.inspect(model);
        options.out().print(options.flag("json") ? Json.text(json(model, supports)) + "\n" : text(model, supports));
        return OK;
    }

    private static String text(LayerGraph model, List<LayerSupport> supports) {
        Table table = new Table()
                .figures("#")
                .column("module")
                .column("operator")
                .column("input")
                .column("output")
                .figures("parameters")
                .column("runs on");
        int number = 0;
        Set<Integer> counted = new LinkedHashSet<>();
        for (LayerSupport support : supports) {
            Layer layer = support.layer();
            table.row(
                    number++,
                    layer.label(),
                    operator(layer),
                    specs(model, dataInputs(model, layer)),
                    specs(model, layer.outputs()),
                    parameterText(parameters(model, layer, counted)),
                    peTypes(support));
        }
        StringBuilder text = new StringBuilder(table.toString()).append('\n');
        text.append("inputs:  ").append(specs(model, model.inputs())).append('\n');
        text.append("outputs: ").append(specs(model, outputs(model))).append('\n');
        text.append(supports.size())
                .append(" layers, ")
                .append(Figures.count(totalParameters(model)))
                .append(" parameters\n");
        for (LayerSupport support : supports) {
            if (support.byPeType().values().stream().noneMatch(Support::isSupported)) {
                text.append("no processing element runs ")
                        .append(support.layer().label())
                        .append(": ")
                        .append(causes(support))
                        .append('\n');
            }
        }
        return text.toString();
    }

    private static Object json(LayerGraph model, List<LayerSupport> supports) {
        List<Object> layers = new ArrayList<>();
        Set<Integer> counted = new LinkedHashSet<>();
        for (LayerSupport support : supports) {
            Layer layer = support.layer();
            layers.add(Json.object(
                    "name", layer.name(),
                    "module", layer.modulePath(),
                    "operator", layer.op().toString(),
                    "inputs", specList(model, dataInputs(model, layer)),
                    "outputs", specList(model, layer.outputs()),
                    "parameters", parameters(model, layer, counted),
                    "support", supportByType(support)));
        }
        return Json.object(
                "model", model.name(),
                "inputs", specList(model, model.inputs()),
                "outputs", specList(model, outputs(model)),
                "parameters", totalParameters(model),
                "layers", layers);
    }

    private static Map<String, Object> supportByType(LayerSupport support) {
        Map<String, Object> byType = Json.object();
        support.byPeType()
                .forEach((type, answer) ->
                        byType.put(type, answer instanceof Support.Unsupported no ? no.detail() : (Object) true));
        return byType;
    }

    private static String operator(Layer layer) {
        String text = layer.op().toString();
        return text.startsWith("aten.") ? text.substring("aten.".length()).replaceFirst("\\.default$", "") : text;
    }

    /** What flows in: no weights. */
    private static List<Integer> dataInputs(LayerGraph model, Layer layer) {
        return layer.inputs().stream()
                .filter(id -> model.weight(id) == null)
                .distinct()
                .toList();
    }

    private static List<Integer> outputs(LayerGraph model) {
        List<Integer> ids = new ArrayList<>();
        model.outputs().forEach(output -> Layer.forEachRef(output, ids::add));
        return ids;
    }

    private static String specs(LayerGraph model, List<Integer> ids) {
        return String.join(", ", specList(model, ids));
    }

    private static List<String> specList(LayerGraph model, List<Integer> ids) {
        return ids.stream()
                .filter(id -> id != Value.NONE)
                .map(id -> model.value(id).type())
                .map(type -> type instanceof TensorSpec spec
                        ? spec.toString()
                        : type.toString().toLowerCase(java.util.Locale.ROOT))
                .toList();
    }

    /** Elements of the parameters that this layer is the first to read. */
    private static long parameters(LayerGraph model, Layer layer, Set<Integer> counted) {
        long count = 0;
        for (int id : layer.inputs()) {
            Weight weight = model.weight(id);
            if (weight != null && weight.kind() == Weight.Kind.PARAMETER && counted.add(id)) {
                count += weight.data().elementCount();
            }
        }
        return count;
    }

    private static long totalParameters(LayerGraph model) {
        return model.weights().stream()
                .filter(weight -> weight.kind() == Weight.Kind.PARAMETER)
                .mapToLong(weight -> weight.data().elementCount())
                .sum();
    }

    private static String parameterText(long count) {
        return count == 0 ? "" : Figures.count(count);
    }

    private static String peTypes(LayerSupport support) {
        String types = support.byPeType().entrySet().stream()
                .filter(entry -> entry.getValue().isSupported())
                .map(Map.Entry::getKey)
                .sorted()
                .collect(Collectors.joining(", "));
        return types.isEmpty() ? "nothing" : types;
    }

    private static String causes(LayerSupport support) {
        return support.byPeType().entrySet().stream()
                .filter(entry -> entry.getValue() instanceof Support.Unsupported)
                .map(entry -> entry.getKey() + ": " + ((Support.Unsupported) entry.getValue()).detail())
                .collect(Collectors.joining("; "));
    }
}
