// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.json.damage;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Changes JSON somewhere: a value becomes another one, goes, or comes. A published schema and the reader of the same files, shown the
 * same changes, must refuse the same.
 */
public final class JsonDamage {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<String> values;
    private final List<String> names;
    private final Set<String> spared;

    /**
     * Damage anywhere.
     *
     * @param values JSON texts that come in
     * @param names of members that come in
     */
    public JsonDamage(List<String> values, List<String> names) {
        this(values, names, Set.of());
    }

    /**
     * Damage nearly anywhere.
     *
     * @param spared members inside of which nothing changes
     */
    public JsonDamage(List<String> values, List<String> names, Set<String> spared) {
        this.values = List.copyOf(values);
        this.names = List.copyOf(names);
        this.spared = Set.copyOf(spared);
    }

    /** Changes a tree once or twice. */
    public void damage(JsonNode root, Random random) {
        for (int i = random.nextInt(2); i >= 0; i--) {
            change(root, random);
        }
    }

    private void change(JsonNode root, Random random) {
        List<JsonNode> containers = new ArrayList<>();
        collect(root, containers);
        JsonNode chosen = containers.get(random.nextInt(containers.size()));
        JsonNode value = parse(values.get(random.nextInt(values.size())));
        if (chosen instanceof ObjectNode object) {
            List<String> members = new ArrayList<>();
            object.fieldNames().forEachRemaining(members::add);
            String name = members.isEmpty() || random.nextInt(4) == 0
                    ? names.get(random.nextInt(names.size()))
                    : members.get(random.nextInt(members.size()));
            if (random.nextInt(4) == 0) {
                object.remove(name);
            } else {
                object.set(name, value);
            }
        } else if (chosen instanceof ArrayNode array) {
            if (array.isEmpty() || random.nextInt(4) == 0) {
                array.add(value);
            } else if (random.nextInt(4) == 0) {
                array.remove(random.nextInt(array.size()));
            } else {
                array.set(random.nextInt(array.size()), value);
            }
        }
    }

    private void collect(JsonNode node, List<JsonNode> into) {
        if (node instanceof ObjectNode object) {
            into.add(node);
            object.properties().forEach(member -> {
                if (!spared.contains(member.getKey())) {
                    collect(member.getValue(), into);
                }
            });
        } else if (node.isArray()) {
            into.add(node);
            node.forEach(element -> collect(element, into));
        }
    }

    private static JsonNode parse(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("no JSON: " + text, e);
        }
    }
}
