// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** JSON that knows where in the text it stands. Immutable. */
public sealed interface Located {

    /** Where it begins. */
    Position at();

    /** What it is, for people. */
    String kind();

    /** A place in the text, from 1. */
    record Position(int line, int column) implements Comparable<Position> {
        /** The beginning of the text. */
        public static final Position START = new Position(1, 1);

        static Position of(JsonLocation location) {
            return new Position(Math.max(1, location.getLineNr()), Math.max(1, location.getColumnNr()));
        }

        @Override
        public int compareTo(Position other) {
            return line != other.line ? Integer.compare(line, other.line) : Integer.compare(column, other.column);
        }
    }

    /** An object; its members as they are written. */
    record Obj(Position at, Map<String, Member> members) implements Located {
        @Override
        public String kind() {
            return "an object";
        }
    }

    /** A member: where its name is, and its value. */
    record Member(Position at, Located value) {}

    /** An array. */
    record Arr(Position at, List<Located> elements) implements Located {
        @Override
        public String kind() {
            return "an array";
        }
    }

    /** A text. */
    record Text(Position at, String value) implements Located {
        @Override
        public String kind() {
            return "'" + Problems.shorten(value) + "'";
        }
    }

    /** JSON has one kind of number: 2.0 is an integer as well. */
    record Num(Position at, double value) implements Located {
        private static final double EXACT = 0x1p53;

        /** Whether it is one, and exactly represented. */
        public boolean isInteger() {
            return value == Math.rint(value) && Math.abs(value) <= EXACT;
        }

        @Override
        public String kind() {
            return isInteger() ? Long.toString((long) value) : Double.toString(value);
        }
    }

    /** A truth value. */
    record Bool(Position at, boolean value) implements Located {
        @Override
        public String kind() {
            return Boolean.toString(value);
        }
    }

    /** Nothing. */
    record Null(Position at) implements Located {
        @Override
        public String kind() {
            return "null";
        }
    }

    /** The text is no JSON. */
    final class SyntaxException extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient Position at;

        SyntaxException(Position at, String message) {
            super(message);
            this.at = at;
        }

        /** Where. */
        public Position at() {
            return at;
        }
    }

    /**
     * Parses a text that is one JSON value.
     *
     * @throws SyntaxException if it is not, or a member is there twice, or it is nested deeper than 64 levels or longer than 4 million characters
     */
    static Located parse(String text) throws SyntaxException {
        JsonFactory factory = JsonFactory.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(64)
                        .maxDocumentLength(4_000_000)
                        .build())
                .build();
        try (JsonParser parser = factory.createParser(text)) {
            if (parser.nextToken() == null) {
                throw new SyntaxException(Position.START, "found nothing, expected a JSON object");
            }
            Located value = value(parser);
            if (parser.nextToken() != null) {
                throw new SyntaxException(
                        Position.of(parser.currentTokenLocation()), "found more after the end of the JSON object");
            }
            return value;
        } catch (JsonProcessingException e) {
            JsonLocation location = e.getLocation();
            String reason =
                    String.valueOf(e.getOriginalMessage()).lines().findFirst().orElse("");
            throw new SyntaxException(
                    location == null ? Position.START : Position.of(location),
                    "found no valid JSON: " + Problems.shorten(reason));
        } catch (IOException e) {
            throw new IllegalStateException("a text in memory can be read", e);
        }
    }

    private static Located value(JsonParser parser) throws IOException {
        Position at = Position.of(parser.currentTokenLocation());
        JsonToken token = parser.currentToken();
        return switch (token) {
            case START_OBJECT -> object(parser, at);
            case START_ARRAY -> array(parser, at);
            case VALUE_STRING -> new Text(at, parser.getText());
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Num(at, parser.getDoubleValue());
            case VALUE_TRUE -> new Bool(at, true);
            case VALUE_FALSE -> new Bool(at, false);
            case VALUE_NULL -> new Null(at);
            case END_OBJECT, END_ARRAY, FIELD_NAME, NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT ->
                throw new IllegalStateException("no value begins with " + token);
        };
    }

    private static Obj object(JsonParser parser, Position at) throws IOException {
        Map<String, Member> members = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            Position nameAt = Position.of(parser.currentTokenLocation());
            parser.nextToken();
            members.put(name, new Member(nameAt, value(parser)));
        }
        return new Obj(at, members);
    }

    private static Arr array(JsonParser parser, Position at) throws IOException {
        List<Located> elements = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            elements.add(value(parser));
        }
        return new Arr(at, elements);
    }
}
