// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.workflow;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.saguaro.runtime.core.WorkflowEdit;
import org.saguaro.runtime.core.WorkflowException;
import org.saguaro.runtime.core.json.Located;
import org.saguaro.runtime.core.json.Problems;

/** Changes the text of a description that is right. Whether the result is right as well, its reader says. */
final class DescriptionEdits {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final String name;
    private final ObjectNode root;

    private DescriptionEdits(String name, ObjectNode root) {
        this.name = name;
        this.root = root;
    }

    /**
     * The text after these edits.
     *
     * @param name of the workflow, for messages
     * @throws WorkflowException if one is about something that is not there
     */
    static String apply(String name, String text, List<WorkflowEdit> edits) throws WorkflowException {
        try {
            DescriptionEdits description = new DescriptionEdits(name, (ObjectNode) JSON.readTree(text));
            for (WorkflowEdit edit : edits) {
                description.apply(edit);
            }
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(description.root) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a description that is deployed can be parsed", e);
        }
    }

    private void apply(WorkflowEdit edit) throws WorkflowException {
        if (edit instanceof WorkflowEdit.ReplaceModel replace) {
            replace(replace);
        } else if (edit instanceof WorkflowEdit.Insert insert) {
            insert(insert);
        } else if (edit instanceof WorkflowEdit.Remove remove) {
            remove(remove);
        } else if (edit instanceof WorkflowEdit.Route route) {
            route(route);
        }
    }

    private ArrayNode stages() {
        return (ArrayNode) root.get("stages");
    }

    private ArrayNode outputs() {
        return (ArrayNode) root.get(Names.OUTPUTS);
    }

    private static ArrayNode inputs(JsonNode stage) {
        return (ArrayNode) stage.get("inputs");
    }

    private int position(String stage) throws WorkflowException {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < stages().size(); i++) {
            String id = stages().get(i).path("id").asText();
            if (id.equals(stage)) {
                return i;
            }
            ids.add(id);
        }
        throw new WorkflowException(name + ": found no stage '" + Problems.shorten(stage) + "', expected one of "
                + String.join(", ", ids) + Problems.suggestion(stage, ids));
    }

    private void replace(WorkflowEdit.ReplaceModel edit) throws WorkflowException {
        ObjectNode stage = (ObjectNode) stages().get(position(edit.stage()));
        if (!stage.has("model") && !stage.has("file")) {
            throw new WorkflowException(name + ": found a stage '" + edit.stage()
                    + "' that is no model, expected one: remove it and insert another");
        }
        boolean file = edit.model().endsWith(".pt") || edit.model().endsWith(".pt2");
        stage.remove(List.of("model", "file"));
        stage.put(file ? "file" : "model", edit.model());
    }

    private void insert(WorkflowEdit.Insert edit) throws WorkflowException {
        JsonNode stage;
        try {
            // Read as strictly as a description, of which it becomes a part.
            Located.parse(edit.stage());
            stage = JSON.readTree(edit.stage());
        } catch (Located.SyntaxException | JsonProcessingException e) {
            throw new WorkflowException(
                    name + ": the stage to insert: "
                            + String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
                    e);
        }
        JsonNode source = stage.path("inputs").path(0);
        if (!stage.isObject() || !stage.path("id").isTextual() || !source.isTextual()) {
            throw new WorkflowException(name
                    + ": found no stage to insert, expected an object such as {\"id\": \"best\", \"builtin\": \"argmax\", \"inputs\":"
                    + " [\"classify\"]}");
        }
        int readers = 0;
        String read = stage.path("id").asText() + firstOutput(stage);
        Predicate<String> same = reference -> same(reference, source.asText());
        if (edit.readers().isEmpty() || edit.readers().equals(Names.OUTPUTS)) {
            readers += reroute(outputs(), same, read);
        }
        if (edit.readers().isEmpty()) {
            for (JsonNode reader : stages()) {
                readers += reroute(inputs(reader), same, read);
            }
        } else if (!edit.readers().equals(Names.OUTPUTS)) {
            readers += reroute(inputs(stages().get(position(edit.readers()))), same, read);
        }
        if (readers == 0) {
            throw new WorkflowException(
                    name + ": found nothing" + (edit.readers().isEmpty() ? "" : " in " + edit.readers())
                            + " that reads '" + source.asText() + "', expected an edge to insert the stage on");
        }
        stages().add(stage);
    }

    /** Which of several outputs the readers get. */
    private static String firstOutput(JsonNode stage) {
        Builtin builtin = Builtins.BY_NAME.get(stage.path("builtin").asText());
        boolean several = (builtin != null && builtin.outputs().size() > 1)
                || stage.path(Names.OUTPUTS).size() > 1;
        return several ? ".0" : "";
    }

    private void remove(WorkflowEdit.Remove edit) throws WorkflowException {
        int position = position(edit.stage());
        TextNode source = (TextNode) inputs(stages().get(position)).get(0);
        Predicate<String> its = reference -> reference.equals(edit.stage()) || reference.startsWith(edit.stage() + ".");
        stages().remove(position);
        reroute(outputs(), its, source.asText());
        for (JsonNode reader : stages()) {
            reroute(inputs(reader), its, source.asText());
        }
    }

    private void route(WorkflowEdit.Route edit) throws WorkflowException {
        ArrayNode references =
                edit.reader().equals(Names.OUTPUTS) ? outputs() : inputs(stages().get(position(edit.reader())));
        if (edit.input() < 0 || edit.input() > references.size()) {
            throw new WorkflowException(name + ": found input " + edit.input() + ", expected 0 to " + references.size()
                    + " of " + edit.reader());
        }
        if (edit.input() == references.size()) {
            references.add(edit.from());
        } else {
            references.set(edit.input(), TextNode.valueOf(edit.from()));
        }
    }

    private static int reroute(ArrayNode references, Predicate<String> which, String to) {
        int changed = 0;
        for (int i = 0; i < references.size(); i++) {
            if (which.test(references.get(i).asText())) {
                references.set(i, TextNode.valueOf(to));
                changed++;
            }
        }
        return changed;
    }

    /** A stage alone means its only output, which is its first. */
    private static boolean same(String left, String right) {
        return left.equals(right) || left.equals(right + ".0") || right.equals(left + ".0");
    }
}
