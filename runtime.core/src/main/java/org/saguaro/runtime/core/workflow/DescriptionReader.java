// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.workflow;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.WorkflowException;
import org.saguaro.runtime.core.WorkflowSource;
import org.saguaro.runtime.core.json.Fields;
import org.saguaro.runtime.core.json.Located;
import org.saguaro.runtime.core.json.Located.Position;
import org.saguaro.runtime.core.json.Problems;
import org.saguaro.runtime.core.workflow.Description.BuiltinStep;
import org.saguaro.runtime.core.workflow.Description.DeclaredOutput;
import org.saguaro.runtime.core.workflow.Description.Input;
import org.saguaro.runtime.core.workflow.Description.ModelByName;
import org.saguaro.runtime.core.workflow.Description.ModelFile;
import org.saguaro.runtime.core.workflow.Description.Parameters;
import org.saguaro.runtime.core.workflow.Description.Reference;
import org.saguaro.runtime.core.workflow.Description.ServiceStep;
import org.saguaro.runtime.core.workflow.Description.Stage;
import org.saguaro.runtime.core.workflow.Description.Work;

/**
 * Reads a description. Refuses what the JSON Schema ({@link WorkflowSchema}) refuses, with line and column, and what a schema cannot
 * say: names used twice, stages that nobody made or nobody reads, circles.
 */
final class DescriptionReader {

    static final int MAX_STAGES = 256;
    static final int MAX_ENDS = 64;
    static final double MAX_MILLIS = 1e9;
    static final double LEAST_MILLIS = 0.001;
    static final double MAX_PRIORITY = 1e6;
    static final List<String> ROOT =
            List.of("$schema", "workflow", "description", "inputs", "stages", "outputs", "qos");
    static final List<String> INPUT = List.of("name", "type", "description");
    static final List<String> STAGE =
            List.of("id", "description", "model", "file", "builtin", "service", "inputs", "parameters", "outputs");
    static final List<String> WORKS = List.of("model", "file", "builtin", "service");
    static final List<String> OUTPUT = List.of("name", "type", "description");
    static final List<String> QOS =
            List.of("tenant", "priority", "softDeadlineMillis", "hardDeadlineMillis", "timeoutMillis", "value");
    static final String ANY_PATTERN = "\\S";

    private static final String ID = "a name of letters, digits, _ and -, not beginning with a digit";
    private static final String REFERENCE = "what is read: stage.output, stage, or an input of the workflow";
    private static final String TYPE = "a type such as float32[1, 3, n]";

    /** What the schema refuses as well. */
    private final Problems problems = new Problems();

    /** What a schema cannot say. */
    private final Problems meaning = new Problems();

    private DescriptionReader() {}

    /**
     * Reads and validates.
     *
     * @throws WorkflowException with everything that is wrong
     */
    static Description read(WorkflowSource source) throws WorkflowException {
        DescriptionReader reader = new DescriptionReader();
        Description description = reader.structure(source);
        reader.meaning.throwIfAny(found -> new WorkflowException(source.origin(), found));
        return description;
    }

    /** Checks as much as the schema says. */
    static void checkStructure(WorkflowSource source) throws WorkflowException {
        new DescriptionReader().structure(source);
    }

    private Description structure(WorkflowSource source) throws WorkflowException {
        Description description = null;
        try {
            description = root(Located.parse(source.text()));
        } catch (Located.SyntaxException e) {
            problems.add(e.at(), "", String.valueOf(e.getMessage()));
        }
        problems.throwIfAny(found -> new WorkflowException(source.origin(), found));
        if (description == null) {
            throw new IllegalStateException("a description without problems is there");
        }
        return description;
    }

    private @Nullable Description root(Located value) {
        Fields root = Fields.of(problems, "", value, ROOT);
        if (root == null) {
            return null;
        }
        root.note("$schema");
        root.note("description");
        String name = root.text("workflow", Names.ID_PATTERN, ID);
        List<Input> inputs = new ArrayList<>();
        List<Located> written = root.elements("inputs", 1, MAX_ENDS);
        for (int i = 0; i < written.size(); i++) {
            Input input = input(written.get(i), "inputs[" + i + "]");
            if (input != null) {
                inputs.add(input);
            }
        }
        List<Stage> stages = new ArrayList<>();
        List<Located> steps = root.elements("stages", 1, MAX_STAGES);
        for (int i = 0; i < steps.size(); i++) {
            Stage stage = stage(steps.get(i), "stages[" + i + "]");
            if (stage != null) {
                stages.add(stage);
            }
        }
        List<Reference> outputs = references(root, Names.OUTPUTS, 1, MAX_ENDS);
        Qos qos = qos(root);
        if (!problems.isEmpty() || name == null) {
            return null;
        }
        requireNamesOnce(inputs, stages);
        requireKnownAndRead(inputs, stages, outputs);
        List<Stage> sorted = sorted(stages);
        return new Description(name, inputs, sorted, outputs, qos);
    }

    private @Nullable Input input(Located value, String place) {
        Fields fields = Fields.of(problems, place, value, INPUT);
        if (fields == null) {
            return null;
        }
        fields.note("description");
        String name = fields.text("name", Names.ID_PATTERN, ID);
        TensorSpec type = type(fields);
        return name == null || type == null ? null : new Input(fields.at(), place, name, type);
    }

    private @Nullable TensorSpec type(Fields fields) {
        String text = fields.text("type", TypeText.PATTERN, TYPE);
        return text == null ? null : TypeText.parse(text);
    }

    // --- stages ---

    private @Nullable Stage stage(Located value, String place) {
        Fields fields = Fields.of(problems, place, value, STAGE);
        if (fields == null) {
            return null;
        }
        fields.note("description");
        String id = fields.text("id", Names.ID_PATTERN, ID);
        List<String> works = WORKS.stream().filter(fields::has).toList();
        if (works.size() != 1) {
            problems.add(
                    fields.at(),
                    place,
                    "found "
                            + (works.isEmpty()
                                    ? "none of model, file, builtin and service"
                                    : String.join(" and ", works))
                            + ", expected one of them");
        }
        Work work = works.size() == 1 ? work(fields, works.get(0)) : null;
        Builtin builtin = work instanceof BuiltinStep step ? step.builtin() : null;
        List<Reference> inputs = references(
                fields,
                "inputs",
                builtin == null ? 1 : builtin.minInputs(),
                builtin == null ? MAX_ENDS : builtin.maxInputs());
        if (!works.contains("builtin")) {
            fields.ifPresent(
                    "parameters",
                    parameters -> fields.wrong(
                            "parameters", parameters, "found parameters, expected them of a builtin only"));
        }
        List<DeclaredOutput> outputs = declaredOutputs(fields, works.contains("service"));
        return id == null || work == null ? null : new Stage(fields.at(), place, id, work, inputs, outputs);
    }

    private @Nullable Work work(Fields fields, String kind) {
        Located value = fields.require(kind);
        if (value == null) {
            return null;
        }
        String place = fields.placeOf(kind);
        return switch (kind) {
            case "model" -> {
                String name = fields.text(kind, ANY_PATTERN, "the name of a deployment");
                yield name == null ? null : new ModelByName(value.at(), place, name);
            }
            case "file" -> {
                String file = fields.text(kind, ANY_PATTERN, "a model file, relative to the description's folder");
                yield file == null ? null : new ModelFile(value.at(), place, file);
            }
            case "service" -> {
                String service = fields.text(kind, Names.ID_PATTERN, ID);
                yield service == null ? null : new ServiceStep(service);
            }
            default -> builtin(fields, value);
        };
    }

    private @Nullable Work builtin(Fields fields, Located value) {
        Builtin builtin = value instanceof Located.Text text ? Builtins.BY_NAME.get(text.value()) : null;
        if (builtin == null) {
            fields.wrong(
                    "builtin",
                    value,
                    "found " + value.kind() + ", expected one of " + String.join(", ", Builtins.BY_NAME.keySet())
                            + (value instanceof Located.Text text
                                    ? Problems.suggestion(text.value(), Builtins.BY_NAME.keySet())
                                    : ""));
            return null;
        }
        return new BuiltinStep(builtin, parameters(fields, builtin));
    }

    private Parameters parameters(Fields stage, Builtin builtin) {
        List<String> names = builtin.parameters().stream().map(Parameter::name).toList();
        Map<String, Object> values = new LinkedHashMap<>();
        Map<String, Position> positions = new HashMap<>();
        Located written = stage.find("parameters");
        Fields fields = written == null ? null : Fields.of(problems, stage.placeOf("parameters"), written, names);
        for (Parameter parameter : builtin.parameters()) {
            Located value = fields == null ? null : fields.find(parameter.name());
            if (value != null) {
                positions.put(parameter.name(), value.at());
                Object read = parameter(parameter, value, stage.placeOf("parameters") + "." + parameter.name());
                if (read != null) {
                    values.put(parameter.name(), read);
                }
            } else if (parameter.standard() != null) {
                values.put(parameter.name(), parameter.standard());
            } else if (parameter.isRequired() && (written == null || fields != null)) {
                problems.add(
                        fields == null ? stage.at() : fields.at(),
                        stage.placeOf("parameters"),
                        "found no '" + parameter.name() + "', expected one: " + parameter.description());
            }
        }
        return new Parameters(stage.at(), stage.place(), values, positions);
    }

    private @Nullable Object parameter(Parameter parameter, Located value, String place) {
        return switch (parameter.kind()) {
            case INTEGER -> {
                Double number = Fields.number(problems, value, place, parameter.least(), parameter.most(), true);
                yield number == null ? null : (Object) number.longValue();
            }
            case NUMBER -> Fields.number(problems, value, place, parameter.least(), parameter.most(), false);
            case FLAG -> {
                if (value instanceof Located.Bool flag) {
                    yield flag.value();
                }
                problems.add(value.at(), place, "found " + value.kind() + ", expected true or false");
                yield null;
            }
            case TEXT -> {
                if (parameter.choices().isEmpty()) {
                    yield Fields.text(problems, value, place, parameter.pattern(), parameter.description());
                }
                if (value instanceof Located.Text text && parameter.choices().contains(text.value())) {
                    yield text.value();
                }
                problems.add(
                        value.at(),
                        place,
                        "found " + value.kind() + ", expected one of " + String.join(", ", parameter.choices()));
                yield null;
            }
            case INTEGERS, NUMBERS -> numbers(parameter, value, place);
        };
    }

    private List<Double> numbers(Parameter parameter, Located value, String place) {
        List<Double> numbers = new ArrayList<>();
        List<Located> elements = Fields.elements(problems, value, place, 1, Parameter.MAX_ELEMENTS);
        for (int i = 0; i < elements.size(); i++) {
            Double number = Fields.number(
                    problems,
                    elements.get(i),
                    place + "[" + i + "]",
                    parameter.least(),
                    parameter.most(),
                    parameter.kind() == Parameter.Kind.INTEGERS);
            if (number != null) {
                numbers.add(number);
            }
        }
        return numbers;
    }

    private List<DeclaredOutput> declaredOutputs(Fields stage, boolean service) {
        Located value = stage.find("outputs");
        if (!service) {
            if (value != null) {
                stage.wrong("outputs", value, "found outputs, expected them of a service only: others know their own");
            }
            return List.of();
        }
        List<DeclaredOutput> outputs = new ArrayList<>();
        List<Located> written = stage.elements("outputs", 1, MAX_ENDS);
        Set<String> names = new HashSet<>();
        for (int i = 0; i < written.size(); i++) {
            String place = stage.placeOf("outputs") + "[" + i + "]";
            Fields fields = Fields.of(problems, place, written.get(i), OUTPUT);
            if (fields == null) {
                continue;
            }
            fields.note("description");
            String name = fields.text("name", Names.ID_PATTERN, ID);
            Optional<TensorSpec> type = fields.has("type") ? Optional.ofNullable(type(fields)) : Optional.empty();
            if (name != null) {
                if (!names.add(name)) {
                    meaning.add(fields.at(), place, "found the name '" + name + "' a second time, expected another");
                }
                outputs.add(new DeclaredOutput(name, type));
            }
        }
        return outputs;
    }

    private List<Reference> references(Fields fields, String name, int least, int most) {
        List<Reference> references = new ArrayList<>();
        List<Located> written = fields.elements(name, least, most);
        for (int i = 0; i < written.size(); i++) {
            String place = fields.placeOf(name) + "[" + i + "]";
            String text = Fields.text(problems, written.get(i), place, Names.REFERENCE_PATTERN, REFERENCE);
            if (text != null) {
                int dot = text.indexOf('.');
                references.add(new Reference(
                        written.get(i).at(),
                        place,
                        dot < 0 ? text : text.substring(0, dot),
                        dot < 0 ? "" : text.substring(dot + 1)));
            }
        }
        return references;
    }

    // --- quality of service ---

    private Qos qos(Fields root) {
        Located value = root.find("qos");
        Fields fields = value == null ? null : Fields.of(problems, "qos", value, QOS);
        if (fields == null) {
            return Qos.NONE;
        }
        RequestOptions options = RequestOptions.DEFAULT;
        if (fields.has("tenant")) {
            String tenant = fields.text("tenant", ANY_PATTERN, "the name of a tenant");
            options = tenant == null ? options : options.withTenant(tenant);
        }
        Double priority = fields.number("priority", -MAX_PRIORITY, MAX_PRIORITY, true);
        options = priority == null ? options : options.withPriority(priority.intValue());
        Double worth = fields.number("value", LEAST_MILLIS, MAX_MILLIS, false);
        options = worth == null ? options : options.withValue(worth);
        Double timeout = fields.number("timeoutMillis", LEAST_MILLIS, MAX_MILLIS, false);
        options = timeout == null ? options : options.withTimeout(millis(timeout));
        Double soft = fields.number("softDeadlineMillis", LEAST_MILLIS, MAX_MILLIS, false);
        Double hard = fields.number("hardDeadlineMillis", LEAST_MILLIS, MAX_MILLIS, false);
        if (soft != null && hard != null && soft > hard) {
            meaning.add(
                    fields.at(),
                    "qos.softDeadlineMillis",
                    "found " + soft + ", expected at most hardDeadlineMillis, " + hard);
            return Qos.NONE;
        }
        options = soft == null ? options : options.withSoftDeadline(millis(soft));
        options = hard == null ? options : options.withHardDeadline(millis(hard));
        return new Qos(options);
    }

    private static Duration millis(double millis) {
        return Duration.ofNanos(Math.max(1, Math.round(millis * 1e6)));
    }

    // --- what a schema cannot say ---

    private void requireNamesOnce(List<Input> inputs, List<Stage> stages) {
        Map<String, Position> seen = new HashMap<>();
        inputs.forEach(input -> once(seen, input.name(), input.at(), input.place()));
        stages.forEach(stage -> {
            once(seen, stage.id(), stage.at(), stage.place());
            if (stage.id().equals(Names.OUTPUTS)) {
                meaning.add(
                        stage.at(), stage.place(), "found the id 'outputs', expected another: it means the workflow's");
            }
        });
    }

    private void once(Map<String, Position> seen, String name, Position at, String place) {
        Position first = seen.putIfAbsent(name, at);
        if (first != null) {
            meaning.add(
                    at,
                    place,
                    "found the name '" + name + "' a second time, expected another; the first is in line "
                            + first.line());
        }
    }

    private void requireKnownAndRead(List<Input> inputs, List<Stage> stages, List<Reference> outputs) {
        Set<String> known = new HashSet<>();
        Set<String> inputNames = new HashSet<>();
        inputs.forEach(input -> inputNames.add(input.name()));
        known.addAll(inputNames);
        stages.forEach(stage -> known.add(stage.id()));
        Set<String> read = new HashSet<>();
        List<Reference> references = new ArrayList<>(outputs);
        stages.forEach(stage -> references.addAll(stage.inputs()));
        for (Reference reference : references) {
            read.add(reference.source());
            if (!known.contains(reference.source())) {
                meaning.add(
                        reference.at(),
                        reference.place(),
                        "found '" + reference.text() + "', but there is no stage or input '" + reference.source() + "'"
                                + Problems.suggestion(reference.source(), known));
            } else if (inputNames.contains(reference.source())
                    && !reference.output().isEmpty()) {
                meaning.add(
                        reference.at(),
                        reference.place(),
                        "found '" + reference.text() + "', expected '" + reference.source()
                                + "': an input of the workflow has no outputs");
            }
        }
        inputs.stream()
                .filter(input -> !read.contains(input.name()))
                .forEach(input -> meaning.add(
                        input.at(),
                        input.place(),
                        "found the input '" + input.name() + "', which nothing reads; remove it"));
        stages.stream()
                .filter(stage -> !read.contains(stage.id()))
                .forEach(stage -> meaning.add(
                        stage.at(),
                        stage.place(),
                        "found the stage '" + stage.id()
                                + "', which nothing reads; remove it, or name it among the outputs"));
    }

    /** Producers before readers, else as they are written. */
    private List<Stage> sorted(List<Stage> stages) {
        if (!meaning.isEmpty()) {
            return stages;
        }
        Map<String, Stage> byId = new LinkedHashMap<>();
        stages.forEach(stage -> byId.put(stage.id(), stage));
        List<Stage> sorted = new ArrayList<>();
        Set<String> done = new HashSet<>();
        for (Stage stage : stages) {
            if (!visit(stage, byId, done, new ArrayDeque<>(), sorted)) {
                return stages;
            }
        }
        return sorted;
    }

    private boolean visit(
            Stage stage, Map<String, Stage> byId, Set<String> done, Deque<String> path, List<Stage> sorted) {
        if (done.contains(stage.id())) {
            return true;
        }
        path.addLast(stage.id());
        for (Reference reference : stage.inputs()) {
            Stage producer = byId.get(reference.source());
            if (producer == null) {
                continue;
            }
            if (path.contains(producer.id())) {
                List<String> circle = new ArrayList<>(path);
                circle = new ArrayList<>(circle.subList(circle.indexOf(producer.id()), circle.size()));
                circle.add(producer.id());
                meaning.add(
                        reference.at(),
                        reference.place(),
                        "found a circle, expected none: " + String.join(" <- ", circle));
                return false;
            }
            if (!visit(producer, byId, done, path, sorted)) {
                return false;
            }
        }
        path.removeLast();
        done.add(stage.id());
        sorted.add(stage);
        return true;
    }
}
