// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.workflow;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Dim;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.ValueType;
import org.saguaro.runtime.core.WorkflowException;
import org.saguaro.runtime.core.WorkflowStatus;
import org.saguaro.runtime.core.json.Problems;
import org.saguaro.runtime.core.workflow.Description.BuiltinStep;
import org.saguaro.runtime.core.workflow.Description.ModelByName;
import org.saguaro.runtime.core.workflow.Description.ModelFile;
import org.saguaro.runtime.core.workflow.Description.Reference;
import org.saguaro.runtime.core.workflow.Description.ServiceStep;
import org.saguaro.runtime.core.workflow.Description.Stage;

/** Makes one layer graph of a description: what the runtime then deploys like any model. */
final class WorkflowCompiler {

    /** Methods by which models forget, the first one that a model has. */
    private static final List<String> RESETS = List.of("reset_memory", "reset");

    private final Description description;
    private final ModelSource models;
    private final Problems problems = new Problems();
    private final LayerGraph.Builder graph;
    /** What each source makes; null: it could not be compiled, and that is a problem already. */
    private final Map<String, @Nullable List<Port>> made = new HashMap<>();

    private final Map<String, LayerGraph> inlined = new LinkedHashMap<>();

    /**
     * A workflow that can be deployed.
     *
     * @param models the model of each model stage, by id
     */
    record Compiled(
            Description description,
            LayerGraph graph,
            List<WorkflowStatus.Stage> stages,
            Map<String, LayerGraph> models) {}

    private WorkflowCompiler(Description description, ModelSource models) {
        this.description = description;
        this.models = models;
        graph = new LayerGraph.Builder(description.name());
    }

    /**
     * Compiles.
     *
     * @throws WorkflowException with everything that does not fit
     */
    static Compiled compile(Description description, ModelSource models, String origin) throws WorkflowException {
        return new WorkflowCompiler(description, models).compile(origin);
    }

    private Compiled compile(String origin) throws WorkflowException {
        for (Description.Input input : description.inputs()) {
            int id = graph.addInput(input.name(), input.type());
            made.put(input.name(), List.of(new Port(input.name(), new Argument.Ref(id), input.type())));
        }
        for (Stage stage : description.stages()) {
            made.put(stage.id(), compiled(stage));
        }
        for (Reference output : description.outputs()) {
            Port port = port(output);
            if (port != null) {
                graph.addOutput(port.argument());
            }
        }
        problems.throwIfAny(found -> new WorkflowException(origin, found));
        addMethods();
        LayerGraph built = graph.build();
        return new Compiled(
                description,
                built,
                description.stages().stream().map(stage -> status(stage, built)).toList(),
                Map.copyOf(inlined));
    }

    private WorkflowStatus.Stage status(Stage stage, LayerGraph built) {
        List<Port> ports = made.get(stage.id());
        long layers = built.layers().stream()
                .filter(layer -> layer.name().startsWith(stage.id() + "/"))
                .count();
        return new WorkflowStatus.Stage(
                stage.id(),
                stage.work().text(),
                stage.inputs().stream().map(Reference::text).toList(),
                ports == null ? List.of() : ports.stream().map(Port::toString).toList(),
                Math.toIntExact(layers));
    }

    private @Nullable List<Port> compiled(Stage stage) {
        List<ModelInlining.Given> given = new ArrayList<>();
        for (Reference reference : stage.inputs()) {
            Port port = port(reference);
            if (port != null) {
                given.add(new ModelInlining.Given(port, reference));
            }
        }
        if (given.size() < stage.inputs().size()) {
            return null;
        }
        try {
            return expanded(stage, given);
        } catch (StageException e) {
            problems.add(e.at(), e.place(), String.valueOf(e.getMessage()));
            return null;
        }
    }

    private List<Port> expanded(Stage stage, List<ModelInlining.Given> given) throws StageException {
        if (stage.work() instanceof BuiltinStep step) {
            return builtin(stage, step, given);
        }
        if (stage.work() instanceof ServiceStep step) {
            return service(stage, step, given);
        }
        LayerGraph model = model(stage.work());
        inlined.put(stage.id(), model);
        return ModelInlining.inline(graph, stage.id(), model, given, stage);
    }

    private LayerGraph model(Description.Work work) throws StageException {
        if (work instanceof ModelByName name) {
            try {
                return models.deployed(name.deployment());
            } catch (ModelSource.MissingException e) {
                throw new StageException(name.at(), name.place(), String.valueOf(e.getMessage()));
            }
        }
        if (work instanceof ModelFile file) {
            try {
                return models.file(file.file());
            } catch (ModelSource.MissingException e) {
                throw new StageException(file.at(), file.place(), String.valueOf(e.getMessage()));
            }
        }
        throw new IllegalStateException("a stage of another kind: " + work);
    }

    private List<Port> builtin(Stage stage, BuiltinStep step, List<ModelInlining.Given> given) throws StageException {
        List<Operand> operands = new ArrayList<>();
        for (ModelInlining.Given each : given) {
            operands.add(operand(each));
        }
        List<Integer> values =
                step.builtin().expansion().expand(new StageLayers(graph, stage.id()), operands, step.parameters());
        List<Port> ports = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            int id = values.get(i);
            ports.add(new Port(step.builtin().outputs().get(i), new Argument.Ref(id), graph.type(id)));
        }
        return ports;
    }

    private static Operand operand(ModelInlining.Given given) throws StageException {
        Reference reference = given.reference();
        ValueType type = given.port().type();
        if (given.port().argument() instanceof Argument.Ref ref
                && (type instanceof TensorSpec || type instanceof AnyTensor)) {
            return new Operand(
                    ref.value(),
                    type instanceof TensorSpec spec ? spec : null,
                    reference.text(),
                    reference.at(),
                    reference.place());
        }
        throw new StageException(
                reference.at(),
                reference.place(),
                "found " + reference.text() + ", " + (type == null ? "a constant" : type) + ", expected a tensor");
    }

    private List<Port> service(Stage stage, ServiceStep step, List<ModelInlining.Given> given) throws StageException {
        List<Argument> inputs = new ArrayList<>();
        for (ModelInlining.Given each : given) {
            inputs.add(new Argument.Ref(operand(each).value()));
        }
        List<Port> ports = new ArrayList<>();
        List<Integer> outputs = new ArrayList<>();
        for (Description.DeclaredOutput output : stage.outputs()) {
            ValueType type = output.type()
                    .map(spec -> Sizes.renamed(spec, known(given), Names.prefix(stage.id())))
                    .orElseGet(AnyTensor::new);
            int id = graph.addValue(stage.id() + "/" + output.name(), type);
            outputs.add(id);
            ports.add(new Port(output.name(), new Argument.Ref(id), type));
        }
        graph.addLayer(new Layer(
                stage.id() + "/" + step.service(),
                new OpName(ServicePe.NAMESPACE, step.service(), OpName.DEFAULT_OVERLOAD),
                List.of(NamedArgument.read("inputs", new Argument.ListOf(inputs))),
                outputs,
                ""));
        return ports;
    }

    /** In a service's outputs, names of sizes that the workflow's inputs or the stage's own have are the same sizes. */
    private Map<String, String> known(List<ModelInlining.Given> given) {
        Set<ValueType> types = new HashSet<>();
        description.inputs().forEach(input -> types.add(input.type()));
        for (ModelInlining.Given each : given) {
            if (each.port().type() != null) {
                types.add(each.port().type());
            }
        }
        Map<String, String> same = new HashMap<>();
        for (ValueType type : types) {
            if (type instanceof TensorSpec spec) {
                spec.shape().dims().stream()
                        .filter(Dim.Symbolic.class::isInstance)
                        .map(Object::toString)
                        .filter(Sizes::isName)
                        .forEach(name -> same.put(name, name));
            }
        }
        return same;
    }

    /** What a reference means, or null and a problem. */
    private @Nullable Port port(Reference reference) {
        List<Port> ports = made.get(reference.source());
        if (ports == null) {
            return null;
        }
        if (reference.output().isEmpty()) {
            if (ports.size() == 1) {
                return ports.get(0);
            }
            problems.add(
                    reference.at(),
                    reference.place(),
                    "found '" + reference.text() + "', expected one of its " + ports.size() + " outputs: "
                            + choices(reference, ports));
            return null;
        }
        for (Port port : ports) {
            if (port.name().equals(reference.output())) {
                return port;
            }
        }
        if (reference.output().matches("[0-9]{1,4}")) {
            int index = Integer.parseInt(reference.output());
            if (index < ports.size()) {
                return ports.get(index);
            }
        }
        problems.add(
                reference.at(),
                reference.place(),
                "found '" + reference.text() + "', expected an output of " + reference.source() + ": "
                        + choices(reference, ports)
                        + Problems.suggestion(
                                reference.output(),
                                ports.stream().map(Port::name).toList()));
        return null;
    }

    private static String choices(Reference reference, List<Port> ports) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < ports.size(); i++) {
            names.add(reference.source() + "." + i + " (" + ports.get(i) + ")");
        }
        return ports.isEmpty() ? "it has none" : String.join(", ", names);
    }

    /** The models' methods, and one that resets them all. */
    private void addMethods() {
        LayerGraph.Builder reset = new LayerGraph.Builder(RESETS.get(0));
        boolean resets = false;
        for (Map.Entry<String, LayerGraph> stage : inlined.entrySet()) {
            Map<String, LayerGraph> methods = stage.getValue().methods();
            for (Map.Entry<String, LayerGraph> method : methods.entrySet()) {
                String name = stage.getKey() + "." + method.getKey();
                LayerGraph.Builder own = new LayerGraph.Builder(name);
                ModelInlining.inlineMethod(own, stage.getKey(), method.getValue())
                        .forEach(port -> own.addOutput(port.argument()));
                graph.addMethod(name, own.build());
            }
            for (String name : RESETS) {
                LayerGraph method = methods.get(name);
                if (method != null) {
                    ModelInlining.inlineMethod(reset, stage.getKey(), method);
                    resets = true;
                    break;
                }
            }
        }
        if (resets) {
            graph.addMethod(RESETS.get(0), reset.build());
        }
    }
}
