// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.trace;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.aten.AtenSchemas;
import org.saguaro.model.torch.pickle.PickledObject;
import org.saguaro.model.torch.pickle.Tuple;
import org.saguaro.model.torch.script.ScriptArchive;
import org.saguaro.model.torch.script.graph.GraphDraft;
import org.saguaro.model.torch.script.graph.Names;
import org.saguaro.model.torch.script.record.CodeRaises;
import org.saguaro.model.torch.script.record.Recording;
import org.saguaro.model.torch.script.syntax.ClassDefinition;
import org.saguaro.model.torch.script.syntax.FunctionDefinition;
import org.saguaro.model.torch.script.syntax.TypeName;
import org.saguaro.model.torch.script.value.ScriptValue;
import org.saguaro.model.torch.script.value.ScriptValue.FunctionValue;
import org.saguaro.model.torch.script.value.ScriptValue.Instance;

/**
 * Turns the model of an archive into a layer graph: runs {@code forward} on inputs of which only the types are known, and so
 * records what it does. Attributes that the model sets become states; which these are shows when it is run, so a model with
 * states is run again with them.
 */
public final class ModelTracer {

    private static final String FORWARD = "forward";

    /** Each round finds at least one more attribute that is set. */
    private static final int MAX_ROUNDS = 16;

    private final ScriptArchive archive;
    private final AtenSchemas schemas;
    private final CodeLibrary library;
    private final PickledObject model;
    private final Tuple constants;

    private ModelTracer(ScriptArchive archive, AtenSchemas schemas) throws IOException, ModelFormatException {
        this.archive = archive;
        this.schemas = schemas;
        this.library = new CodeLibrary(archive);
        this.model = archive.model();
        this.constants = archive.constants();
    }

    /**
     * Reads the model.
     *
     * @param name what people call it
     * @throws ModelFormatException if it is damaged or does something that is not supported
     */
    public static LayerGraph read(ScriptArchive archive, String name, AtenSchemas schemas)
            throws IOException, ModelFormatException {
        return new ModelTracer(archive, schemas).read(name);
    }

    private LayerGraph read(String name) throws ModelFormatException {
        ClassDefinition definition = library.findClass(model.className());
        FunctionDefinition forward =
                definition == null ? null : definition.methods().get(FORWARD);
        if (definition == null || forward == null) {
            throw archive.place("entry data.pkl")
                    .refuse(
                            "a model of class " + model.className() + " without a method forward",
                            "a module with forward()",
                            "save a module that can be called: torch.jit.save(torch.jit.script(module), ...)");
        }
        Set<String> states = new LinkedHashSet<>();
        for (int round = 0; round < MAX_ROUNDS; round++) {
            Set<String> found = new LinkedHashSet<>(states);
            Map<String, LayerGraph> methods = new LinkedHashMap<>();
            for (FunctionDefinition method : definition.methods().values()) {
                if (isEntryPoint(method)) {
                    LayerGraph graph = tryMethod(method, found);
                    if (graph != null) {
                        methods.put(method.name(), graph);
                    }
                }
            }
            Run run = new Run(forward, states);
            LayerGraph.Builder builder = run.graph(name).toBuilder();
            found.addAll(run.changed());
            if (found.equals(states)) {
                methods.forEach(builder::addMethod);
                return builder.build();
            }
            states = found;
        }
        throw forward.at().refuse("a model that sets ever more attributes", "attributes that can be counted");
    }

    private static boolean isEntryPoint(FunctionDefinition method) {
        return !method.name().equals(FORWARD)
                && !method.name().startsWith("_")
                && method.parameters().size() == 1;
    }

    /** The graph of a method without inputs; null if it cannot be read, which only matters if {@code forward} calls it. */
    private @Nullable LayerGraph tryMethod(FunctionDefinition method, Set<String> states) {
        try {
            Run run = new Run(method, states);
            LayerGraph graph = run.graph(method.name());
            states.addAll(run.changed());
            return graph;
        } catch (ModelFormatException unsupported) {
            return null;
        }
    }

    /** One method, run once. */
    private final class Run {
        private final FunctionDefinition method;
        private final Recording recording;
        private final ModuleTree tree;
        private final Interpreter interpreter;
        private final Instance root;
        private final Map<String, Map<String, ScriptValue>> before = new LinkedHashMap<>();
        private final List<StateSlot> slots = new ArrayList<>();
        private final Set<String> stateNames;

        Run(FunctionDefinition method, Set<String> states) throws ModelFormatException {
            this.method = method;
            this.stateNames = Set.copyOf(states);
            this.recording = new Recording(new Names(), library, archive.place("entry data.pkl"));
            this.tree = new ModuleTree(recording, library);
            this.root = tree.root(model, archive.place("entry data.pkl"));
            Builtins builtins = new Builtins(recording, schemas, archive.version());
            this.interpreter = new Interpreter(recording, library, new Constants(constants, tree), builtins);
            builtins.interpreter(interpreter);
            for (Map.Entry<String, Instance> entry : tree.byPath().entrySet()) {
                placeStates(entry.getKey(), entry.getValue());
                before.put(entry.getKey(), entry.getValue().fields().values());
            }
        }

        private void placeStates(String path, Instance instance) throws ModelFormatException {
            for (Map.Entry<String, ScriptValue> field :
                    instance.fields().values().entrySet()) {
                String name = path.isEmpty() ? field.getKey() : path + "." + field.getKey();
                if (stateNames.contains(name)) {
                    StateSlot slot =
                            new StateSlot(name, declaredType(instance, field.getKey()), field.getValue(), recording);
                    slots.add(slot);
                    recording.heap().change(instance, instance.fields().with(field.getKey(), slot.start()));
                }
            }
        }

        private TypeName declaredType(Instance instance, String attribute) throws ModelFormatException {
            ClassDefinition definition = library.findClass(instance.className());
            ClassDefinition.Attribute declared =
                    definition == null ? null : definition.attributes().get(attribute);
            return declared == null ? TypeName.ANY : declared.type();
        }

        LayerGraph graph(String name) throws ModelFormatException {
            try {
                List<ScriptValue> inputs = new Inputs(recording, library).make(method);
                ScriptValue result = interpreter.call(
                        new FunctionValue(model.className() + "." + method.name(), method, root), inputs, Map.of());
                recording.modulePath("");
                List<Argument> outputs = new ArrayList<>();
                new Outputs(recording).flatten(result, outputs);
                List<GraphDraft.DraftState> states = new ArrayList<>();
                for (StateSlot slot : slots) {
                    slot.end(current(slot.name()), states);
                }
                return recording.draft().finish(name, outputs, states);
            } catch (IndexOutOfBoundsException
                    | ClassCastException
                    | IllegalStateException
                    | IllegalArgumentException
                    | ArithmeticException misfit) {
                throw new ModelFormatException(
                        archive.file(),
                        recording.at().toString(),
                        "a call or an operand that does not fit (" + misfit.getMessage() + ")",
                        "code as TorchScript writes it",
                        "the file is damaged, or uses what this version does not know: save the model again",
                        misfit);
            } catch (CodeRaises end) {
                throw method.at()
                        .refuse(
                                "a model that always ends with an error of its own: " + end.getMessage(),
                                "a model that returns something",
                                "call the model in Python with the inputs it is meant for");
            }
        }

        private ScriptValue current(String name) {
            for (Map.Entry<String, Instance> entry : tree.byPath().entrySet()) {
                String prefix = entry.getKey().isEmpty() ? "" : entry.getKey() + ".";
                if (name.startsWith(prefix)) {
                    ScriptValue value = entry.getValue().fields().values().get(name.substring(prefix.length()));
                    if (value != null) {
                        return value;
                    }
                }
            }
            throw new IllegalStateException("the state " + name + " is gone");
        }

        /** The attributes that it has set. */
        Set<String> changed() {
            Set<String> changed = new LinkedHashSet<>();
            for (Map.Entry<String, Instance> entry : tree.byPath().entrySet()) {
                String prefix = entry.getKey().isEmpty() ? "" : entry.getKey() + ".";
                Map<String, ScriptValue> old = Objects.requireNonNull(before.get(entry.getKey()));
                entry.getValue().fields().values().forEach((attribute, value) -> {
                    if (!value.equals(old.get(attribute))) {
                        changed.add(prefix + attribute);
                    }
                });
            }
            return changed;
        }
    }
}
