// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.workload;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * The JSON Schema of workloads, for editors and other programs. Made of the same tables that {@link WorkloadReader} goes by; published as
 * {@code docs/workload.schema.json}.
 */
final class WorkloadSchema {

    private static final ObjectMapper JSON = new ObjectMapper();

    private WorkloadSchema() {}

    /** The schema, draft 2020-12. */
    static String text() {
        ObjectNode root = JSON.createObjectNode();
        root.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        root.put("title", "Saguaro workload");
        root.put("description", "Which applications arrive when; docs/workloads.md explains it");
        ObjectNode properties = describe(root, WorkloadReader.ROOT, List.of("durationSeconds", "streams"));
        properties.set("$schema", string("for editors"));
        properties.set("description", string("for people"));
        properties.set(
                "seed",
                integer(-WorkloadReader.MAX_INTEGER, WorkloadReader.MAX_INTEGER, "of everything random")
                        .put("default", 1));
        properties.set(
                "durationSeconds",
                number(WorkloadReader.LEAST, WorkloadReader.MOST_SECONDS, "requests arrive before it is over"));
        properties.set("rateMbps", positive("injection rate: million bits of input per second, over all streams"));
        properties.set(
                "warmUpRequests",
                integer(0, WorkloadReader.MOST_WARM_UP, "of each stream, before the first arrival; not counted")
                        .put("default", WorkloadReader.DEFAULT_WARM_UP));
        ObjectNode granularity = properties.putObject("granularity");
        granularity.put("description", "what becomes a task of a model");
        granularity.putArray("enum").add("segment").add("layer");
        granularity.put("default", "segment");
        properties.set(
                "timeoutSeconds",
                number(WorkloadReader.LEAST, WorkloadReader.MOST_TIMEOUT_SECONDS, "then a request fails")
                        .put("default", 30));
        properties.set("streams", array(WorkloadReader.MOST_STREAMS, stream()));
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree in memory can be written", e);
        }
    }

    /** An object with no other members than these; what they are goes into what is returned. */
    private static ObjectNode describe(ObjectNode schema, List<String> members, List<String> required) {
        schema.put("type", "object");
        ArrayNode names = schema.putArray("required");
        required.forEach(names::add);
        ObjectNode properties = schema.putObject("properties");
        members.forEach(properties::putObject);
        schema.put("additionalProperties", false);
        return properties;
    }

    private static ObjectNode string(String description) {
        return JSON.createObjectNode().put("type", "string").put("description", description);
    }

    private static ObjectNode pattern(String pattern, String description) {
        return string(description).put("pattern", pattern);
    }

    private static ObjectNode number(double least, double most, String description) {
        ObjectNode number = JSON.createObjectNode().put("type", "number").put("description", description);
        return number.put("minimum", least).put("maximum", most);
    }

    private static ObjectNode positive(String description) {
        return number(WorkloadReader.LEAST, WorkloadReader.MOST, description);
    }

    private static ObjectNode integer(double least, double most, String description) {
        ObjectNode integer = JSON.createObjectNode().put("type", "integer").put("description", description);
        return integer.put("minimum", (long) least).put("maximum", (long) most);
    }

    private static ObjectNode array(int most, ObjectNode items) {
        ObjectNode array =
                JSON.createObjectNode().put("type", "array").put("minItems", 1).put("maxItems", most);
        array.set("items", items);
        return array;
    }

    private static ObjectNode stream() {
        ObjectNode stream = JSON.createObjectNode();
        ObjectNode properties = describe(stream, WorkloadReader.STREAM, List.of());
        properties.set(
                "name",
                pattern(WorkloadReader.NAME_PATTERN, "unique; by default that of its folder, file or application"));
        properties.set("description", string("for people"));
        properties.set(
                "example", pattern(WorkloadReader.ANY_PATTERN, "a folder with an app.json, relative to this file"));
        properties.set("model", pattern(WorkloadReader.ANY_PATTERN, "a model file, relative to this file"));
        properties.set(
                "inputs",
                array(
                        WorkloadReader.MOST_INPUTS,
                        pattern(WorkloadReader.ANY_PATTERN, "a .npy file, relative to this file")));
        properties.set(
                "application", pattern(WorkloadReader.NAME_PATTERN, "an application on the Layer API, by its name"));
        properties.set("arrivals", arrivals());
        properties.set(
                "instances",
                integer(
                        1,
                        WorkloadReader.MOST_INSTANCES,
                        "how many come at most; all at the beginning without arrivals"));
        properties.set(
                "share",
                positive("part of the workload's rateMbps, relative to others").put("default", 1));
        properties.set("tenant", pattern(WorkloadReader.ANY_PATTERN, "on whose behalf"));
        properties.set("weight", positive("the share that the tenant is to get, relative to that of others"));
        properties.set(
                "priority",
                integer(-WorkloadReader.MOST_PRIORITY, WorkloadReader.MOST_PRIORITY, "larger goes first")
                        .put("default", 0));
        properties.set("softDeadlineMillis", positive("from its arrival: when a result begins to lose value"));
        properties.set("hardDeadlineMillis", positive("from its arrival: when a request fails"));
        properties.set("value", positive("what a result earns").put("default", 1));
        ArrayNode one = stream.putArray("oneOf");
        WorkloadReader.SOURCES.forEach(
                source -> one.addObject().putArray("required").add(source));
        ArrayNode any = stream.putArray("anyOf");
        List.of("arrivals", "instances")
                .forEach(member -> any.addObject().putArray("required").add(member));
        ObjectNode dependent = stream.putObject("dependentRequired");
        dependent.putArray("model").add("inputs");
        dependent.putArray("inputs").add("model");
        return stream;
    }

    private static ObjectNode arrivals() {
        ObjectNode arrivals = JSON.createObjectNode().put("description", "when requests come");
        ArrayNode one = arrivals.putArray("oneOf");
        WorkloadReader.PROCESS_NAMES.forEach(
                process -> one.add(process(process, WorkloadReader.PROCESSES.getOrDefault(process, List.of()))));
        return arrivals;
    }

    private static ObjectNode process(String name, List<String> members) {
        ObjectNode process = JSON.createObjectNode();
        List<String> required = switch (name) {
            case "bursty" -> List.of("process", "burstMillis", "gapMillis");
            case "trace" -> List.of("process", "file");
            default -> List.of("process");
        };
        ObjectNode properties = describe(process, members, required);
        members.forEach(member -> properties.set(member, member(name, member)));
        List<String> rates =
                WorkloadReader.RATES.stream().filter(members::contains).toList();
        if (rates.size() > 1) {
            ArrayNode pairs = process.putObject("not").putArray("anyOf");
            for (int i = 0; i < rates.size(); i++) {
                for (int j = i + 1; j < rates.size(); j++) {
                    pairs.addObject().putArray("required").add(rates.get(i)).add(rates.get(j));
                }
            }
        }
        return process;
    }

    private static ObjectNode member(String process, String member) {
        return switch (member) {
            case "process" -> JSON.createObjectNode().put("const", process);
            case "periodMillis" -> positive("one request per period");
            case "perSecond" -> positive("requests per second, in the mean");
            case "rateMbps" -> positive("million bits of input per second, in the mean");
            case "jitter" ->
                number(0, 1, "the part of the period by which a request may be late")
                        .put("default", 0);
            case "burstMillis" -> positive("mean length of a burst");
            case "gapMillis" -> positive("mean length of a gap");
            case "file" -> pattern(WorkloadReader.ANY_PATTERN, "CSV or NDJSON, relative to this file");
            case "stream" -> pattern(WorkloadReader.NAME_PATTERN, "only the requests of that stream of the file");
            default -> throw new IllegalStateException("no process has a member " + member);
        };
    }
}
