// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.fuzz;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;

/**
 * The documents of a {@code .pt2}: fields dropped, doubled, retargeted at other values (which makes references forward and
 * cyclic), of another type, huge, nested deeply; sizes, strides and offsets that lie.
 */
final class JsonMutator implements Mutator {

    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    /** Stands for text that no tree can hold; replaced when the document is written. */
    private static final String PLACEHOLDER = "saguaro-fuzz-placeholder";

    private static final List<String> TEXTS = List.of(
            "",
            "x",
            "NaN",
            "-Infinity",
            "1e400",
            "s0",
            "2*s0+",
            "s0**999999999",
            "((((((((s0))))))))",
            "Max(1, s0)",
            "torch.ops.aten.add.Tensor",
            "torch.ops.higher_order.cond",
            "torch.ops.higher_order.while_loop",
            "_operator.getitem",
            "torch.ops.aten.\u0000",
            "\ud83d\udca3");

    /** A value and where it is. */
    private record Place(JsonNode parent, String field, int index, JsonNode value) {
        void set(JsonNode replacement) {
            if (parent instanceof ObjectNode object) {
                object.set(field, replacement);
            } else if (parent instanceof ArrayNode array) {
                array.set(index, replacement);
            }
        }

        void remove() {
            if (parent instanceof ObjectNode object) {
                object.remove(field);
            } else if (parent instanceof ArrayNode array) {
                array.remove(index);
            }
        }

        @Override
        public String toString() {
            return parent.isObject() ? field : "[" + index + "]";
        }
    }

    @Override
    public boolean appliesTo(Archive archive) {
        return !archive.names(JsonMutator::isDocument).isEmpty();
    }

    @Override
    public String mutate(Archive archive, Random random) {
        List<String> documents = archive.names(JsonMutator::isDocument);
        String entry = Lies.oneOf(documents, random);
        JsonNode root;
        try {
            root = MAPPER.readTree(archive.contents(entry));
        } catch (IOException alreadyDamaged) {
            return "nothing: " + entry + " is no document any more";
        }
        List<Place> places = new ArrayList<>();
        collect(root, places);
        if (places.isEmpty()) {
            return "nothing: " + entry + " has no fields";
        }
        StringBuilder done = new StringBuilder(entry).append(':');
        UnaryOperator<String> finish = UnaryOperator.identity();
        for (int n = 1 + random.nextInt(3); n > 0; n--) {
            Place place = Lies.oneOf(places, random);
            done.append(' ').append(place).append(' ');
            switch (random.nextInt(11)) {
                case 0 -> {
                    place.remove();
                    done.append("removed");
                }
                case 1 -> {
                    JsonNode replacement = replacement(random);
                    place.set(replacement);
                    done.append("= ").append(replacement);
                }
                case 2 -> {
                    place.set(Lies.oneOf(places, random).value().deepCopy());
                    done.append("= another value");
                }
                case 3 -> {
                    int times = 1 + random.nextInt(random.nextInt(20) == 0 ? 2_000 : 4);
                    if (place.parent() instanceof ArrayNode array) {
                        for (int i = 0; i < times; i++) {
                            array.insert(
                                    random.nextInt(array.size() + 1),
                                    place.value().deepCopy());
                        }
                    } else if (place.parent() instanceof ObjectNode object) {
                        object.set(
                                place.field() + "_" + random.nextInt(3),
                                place.value().deepCopy());
                    }
                    done.append("copied");
                }
                case 4 -> {
                    Place other = Lies.oneOf(places, random);
                    JsonNode kept = place.value();
                    place.set(other.value());
                    other.set(kept.deepCopy());
                    done.append("exchanged with ").append(other);
                }
                case 5, 6 -> done.append(retarget(places, random));
                case 7 -> {
                    int depth = Lies.depth(random);
                    boolean objects = random.nextBoolean();
                    String open = objects ? "{\"as_graph\":" : "[";
                    place.set(JSON.textNode(PLACEHOLDER));
                    finish = text -> text.replace(
                            '"' + PLACEHOLDER + '"', open.repeat(depth) + "1" + (objects ? "}" : "]").repeat(depth));
                    done.append("nested ").append(depth).append(" deep");
                }
                case 8 -> {
                    String digits = "9".repeat(1 + random.nextInt(5_000)) + (random.nextBoolean() ? "e999999999" : "");
                    place.set(JSON.textNode(PLACEHOLDER));
                    finish = text -> text.replace('"' + PLACEHOLDER + '"', digits);
                    done.append("= a number of ").append(digits.length()).append(" digits");
                }
                case 9 -> {
                    if (place.parent() instanceof ObjectNode object) {
                        object.remove(place.field());
                        object.set(
                                Lies.oneOf(List.of("as_none", "as_tensor", "as_ints", "as_graph", "x"), random),
                                place.value());
                    }
                    done.append("renamed");
                }
                default -> done.append(lieAboutSizes(places, random));
            }
        }
        String text;
        try {
            text = root.toString();
        } catch (RuntimeException tooDeep) {
            // Mutations on mutations nested it deeper than Jackson writes; finish() has its own way to nest deeper.
            return "nothing: " + entry + " cannot be written: " + tooDeep.getMessage();
        }
        archive.entries.put(entry, finish.apply(text).getBytes(StandardCharsets.UTF_8));
        return done.toString();
    }

    /** A text of the document becomes another text of it: references then go to the wrong, to later or to missing values. */
    private static String retarget(List<Place> places, Random random) {
        List<Place> texts =
                places.stream().filter(place -> place.value().isTextual()).toList();
        if (texts.isEmpty()) {
            return "nothing";
        }
        Place place = Lies.oneOf(texts, random);
        String text = random.nextInt(4) == 0
                ? Lies.oneOf(TEXTS, random)
                : Lies.oneOf(texts, random).value().textValue();
        place.set(JSON.textNode(text));
        return place + " -> " + text;
    }

    private static String lieAboutSizes(List<Place> places, Random random) {
        List<Place> numbers = places.stream()
                .filter(place -> place.value().isIntegralNumber())
                .toList();
        if (numbers.isEmpty()) {
            return "nothing";
        }
        Place place = Lies.oneOf(numbers, random);
        long lie = Lies.number(random);
        place.set(JSON.numberNode(lie));
        return place + " = " + lie;
    }

    private static JsonNode replacement(Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> JSON.nullNode();
            case 1 -> JSON.booleanNode(random.nextBoolean());
            case 2 -> JSON.numberNode(Lies.number(random));
            case 3 -> JSON.numberNode(random.nextBoolean() ? 1e300 : -0.5);
            case 4 -> JSON.textNode(Lies.oneOf(TEXTS, random));
            case 5 -> JSON.arrayNode();
            case 6 -> JSON.arrayNode().add(Lies.number(random)).add("x");
            default -> JSON.objectNode();
        };
    }

    private static void collect(JsonNode node, List<Place> places) {
        if (node instanceof ObjectNode object) {
            object.properties().forEach(field -> {
                places.add(new Place(object, field.getKey(), -1, field.getValue()));
                collect(field.getValue(), places);
            });
        } else if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                places.add(new Place(array, "", i, array.get(i)));
                collect(array.get(i), places);
            }
        }
    }

    private static boolean isDocument(String name) {
        return name.endsWith(".json");
    }
}
