// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.workflow;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * The JSON Schema of descriptions, for editors and other programs. Made of the same tables that {@link DescriptionReader} goes by;
 * published as {@code docs/workflow.schema.json}.
 */
final class WorkflowSchema {

    private static final ObjectMapper JSON = new ObjectMapper();

    private WorkflowSchema() {}

    /** The schema, draft 2020-12. */
    static String text() {
        ObjectNode root = object();
        root.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        root.put("title", "Saguaro workflow");
        root.put("description", "Models, built-in steps and services, connected; docs/workflows.md explains it");
        describe(root, DescriptionReader.ROOT, List.of("workflow", "inputs", "stages", "outputs"));
        ObjectNode properties = properties(root);
        properties.set("$schema", string("for editors"));
        properties.set("workflow", pattern(Names.ID_PATTERN, "name of the workflow and of its deployment"));
        properties.set("description", string("for people"));
        properties.set(
                "inputs",
                array(1, DescriptionReader.MAX_ENDS, input(DescriptionReader.INPUT, List.of("name", "type"))));
        properties.set("stages", array(1, DescriptionReader.MAX_STAGES, stage()));
        properties.set("outputs", array(1, DescriptionReader.MAX_ENDS, reference()));
        properties.set("qos", qos());
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree in memory can be written", e);
        }
    }

    private static ObjectNode object() {
        return JSON.createObjectNode();
    }

    /** An object with no other members than these. */
    private static void describe(ObjectNode schema, List<String> members, List<String> required) {
        schema.put("type", "object");
        ArrayNode names = schema.putArray("required");
        required.forEach(names::add);
        ObjectNode properties = schema.putObject("properties");
        members.forEach(properties::putObject);
        schema.put("additionalProperties", false);
    }

    private static ObjectNode properties(ObjectNode schema) {
        return (ObjectNode) schema.get("properties");
    }

    private static ObjectNode string(String description) {
        return object().put("type", "string").put("description", description);
    }

    private static ObjectNode pattern(String pattern, String description) {
        return string(description).put("pattern", pattern);
    }

    private static ObjectNode reference() {
        return pattern(Names.REFERENCE_PATTERN, "stage.output, stage.0, stage, or an input of the workflow");
    }

    private static ObjectNode array(int least, int most, ObjectNode items) {
        ObjectNode array = object().put("type", "array").put("minItems", least).put("maxItems", most);
        array.set("items", items);
        return array;
    }

    private static ObjectNode number(double least, double most, boolean integer, String description) {
        ObjectNode number = object().put("type", integer ? "integer" : "number");
        number.put("description", description);
        return number.put("minimum", least).put("maximum", most);
    }

    private static ObjectNode input(List<String> members, List<String> required) {
        ObjectNode input = object();
        describe(input, members, required);
        properties(input).set("name", pattern(Names.ID_PATTERN, "what stages call it"));
        properties(input)
                .set(
                        "type",
                        pattern(
                                TypeText.PATTERN,
                                "for instance float32[1, 3, n]: a name is any size, the same everywhere"));
        properties(input).set("description", string("for people"));
        return input;
    }

    private static ObjectNode stage() {
        ObjectNode stage = object();
        describe(stage, DescriptionReader.STAGE, List.of("id", "inputs"));
        ObjectNode properties = properties(stage);
        properties.set("id", pattern(Names.ID_PATTERN, "what others call it"));
        properties.set("description", string("for people"));
        properties.set(
                "model", pattern(DescriptionReader.ANY_PATTERN, "name of a deployment, whose model is computed here"));
        properties.set(
                "file", pattern(DescriptionReader.ANY_PATTERN, "a model file, relative to the description's folder"));
        ArrayNode names = properties.putObject("builtin").putArray("enum");
        Builtins.BY_NAME.keySet().forEach(names::add);
        properties.set("service", pattern(Names.ID_PATTERN, "tensor.service of an application's TensorService"));
        properties.set("inputs", array(1, DescriptionReader.MAX_ENDS, reference()));
        properties.putObject("parameters").put("type", "object").put("description", "of a builtin");
        ObjectNode outputs = array(1, DescriptionReader.MAX_ENDS, input(DescriptionReader.OUTPUT, List.of("name")));
        properties.set("outputs", outputs.put("description", "of a service; without a type, anything"));
        ArrayNode one = stage.putArray("oneOf");
        DescriptionReader.WORKS.forEach(
                work -> one.addObject().putArray("required").add(work));
        stage.putObject("dependentRequired").putArray("service").add("outputs");
        ((ObjectNode) stage.get("dependentRequired")).putArray("outputs").add("service");
        ((ObjectNode) stage.get("dependentRequired")).putArray("parameters").add("builtin");
        ArrayNode all = stage.putArray("allOf");
        Builtins.BY_NAME.values().forEach(builtin -> all.add(builtin(builtin)));
        return stage;
    }

    /** If the stage is that builtin, then these are its parameters. */
    private static ObjectNode builtin(Builtin builtin) {
        ObjectNode rule = object();
        ObjectNode condition = rule.putObject("if");
        condition.putObject("properties").putObject("builtin").put("const", builtin.name());
        condition.putArray("required").add("builtin");
        ObjectNode then = rule.putObject("then");
        then.put("description", builtin.summary());
        List<String> required = builtin.parameters().stream()
                .filter(Parameter::isRequired)
                .map(Parameter::name)
                .toList();
        ObjectNode parameters = object();
        describe(parameters, builtin.parameters().stream().map(Parameter::name).toList(), required);
        builtin.parameters().forEach(parameter -> properties(parameters).set(parameter.name(), parameter(parameter)));
        ObjectNode properties = then.putObject("properties");
        properties.putObject("inputs").put("minItems", builtin.minInputs()).put("maxItems", builtin.maxInputs());
        properties.set("parameters", parameters);
        if (!required.isEmpty()) {
            then.putArray("required").add("parameters");
        }
        return rule;
    }

    private static ObjectNode parameter(Parameter parameter) {
        ObjectNode schema = switch (parameter.kind()) {
            case INTEGER -> number(parameter.least(), parameter.most(), true, parameter.description());
            case NUMBER -> number(parameter.least(), parameter.most(), false, parameter.description());
            case FLAG -> object().put("type", "boolean").put("description", parameter.description());
            case TEXT -> {
                ObjectNode text = string(parameter.description());
                if (parameter.choices().isEmpty()) {
                    yield text.put("pattern", parameter.pattern());
                }
                ArrayNode choices = text.putArray("enum");
                parameter.choices().forEach(choices::add);
                yield text;
            }
            case INTEGERS, NUMBERS ->
                array(
                                1,
                                Parameter.MAX_ELEMENTS,
                                number(
                                        parameter.least(),
                                        parameter.most(),
                                        parameter.kind() == Parameter.Kind.INTEGERS,
                                        "an element"))
                        .put("description", parameter.description());
        };
        Object standard = parameter.standard();
        return standard == null ? schema : schema.set("default", JSON.valueToTree(standard));
    }

    private static ObjectNode qos() {
        ObjectNode qos = object();
        describe(qos, DescriptionReader.QOS, List.of());
        qos.put("description", "defaults for requests whose callers say nothing");
        ObjectNode properties = properties(qos);
        properties.set("tenant", pattern(DescriptionReader.ANY_PATTERN, "on whose behalf"));
        properties.set(
                "priority",
                number(-DescriptionReader.MAX_PRIORITY, DescriptionReader.MAX_PRIORITY, true, "larger goes first"));
        properties.set("softDeadlineMillis", millis("when a result begins to lose value"));
        properties.set("hardDeadlineMillis", millis("when a request fails; not before the soft deadline"));
        properties.set("timeoutMillis", millis("time-out of requests"));
        properties.set(
                "value",
                number(DescriptionReader.LEAST_MILLIS, DescriptionReader.MAX_MILLIS, false, "what a result earns"));
        return qos;
    }

    private static ObjectNode millis(String description) {
        return number(DescriptionReader.LEAST_MILLIS, DescriptionReader.MAX_MILLIS, false, description);
    }
}
