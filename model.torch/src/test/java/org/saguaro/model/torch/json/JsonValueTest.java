// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.saguaro.model.api.ModelFormatException;

class JsonValueTest {

    @Test
    void givesWhatIsThere() throws Exception {
        JsonValue value = parse("{\"a\": [1, -2.5, true, \"t\", null], \"b\": {\"as_int\": 7}, \"c\": null}");

        assertThat(value.field("a").elements()).hasSize(5);
        assertThat(value.field("a").elements().get(0).integer()).isEqualTo(1);
        assertThat(value.field("a").elements().get(0).real()).isEqualTo(1);
        assertThat(value.field("a").elements().get(1).real()).isEqualTo(-2.5);
        assertThat(value.field("a").elements().get(2).bool()).isTrue();
        assertThat(value.field("a").elements().get(3).text()).isEqualTo("t");
        assertThat(value.field("b").variant().getKey()).isEqualTo("as_int");
        assertThat(value.fields()).containsOnlyKeys("a", "b", "c");
        assertThat(value.optional("c")).isNull();
        assertThat(value.optional("d")).isNull();
    }

    @Test
    void infinitiesAndNanAreStrings() throws Exception {
        assertThat(parse("\"Infinity\"").real()).isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(parse("\"-Infinity\"").real()).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(parse("\"NaN\"").real()).isNaN();
        assertRefused(() -> parse("\"inf\"").real(), "found \"inf\"", "expected a number, \"Infinity\"");
    }

    @Test
    void errorsNamePlaceFoundAndExpected() throws Exception {
        JsonValue value = parse("{\"a\": [{\"b\": 1}], \"n\": null}");
        assertRefused(
                () -> value.field("a").elements().get(0).field("b").text(),
                "model.pt2: doc.a[0].b: found 1, expected a string");
        assertRefused(() -> value.field("x"), "doc: found an object with the fields [a, n], expected a field x");
        assertRefused(() -> value.field("n"), "in which n is null, expected a field n");
        assertRefused(() -> value.field("a").field("b"), "doc.a: found a list of 1, expected an object");
        assertRefused(() -> value.elements(), "expected a list");
        assertRefused(() -> value.variant(), "expected an object with exactly one field");
        assertRefused(
                () -> value.field("a").named("node conv").integer(),
                "node conv: found a list of 1, expected an integer of 64 bits");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.0", "9223372036854775808", "true", "\"1\"", "null", "1e3"})
    void onlyIntegersOf64BitsAreIntegers(String json) {
        assertRefused(() -> parse(json).integer(), "expected an integer of 64 bits");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "{", "{\"a\": 1,}", "{\"a\": 1, \"a\": 2}", "{} {}", "[1 2]", "NaN", "\u0000"})
    void refusesWhatIsNoJson(String text) {
        assertRefused(() -> parse(text), "doc", "expected JSON");
    }

    @Test
    void refusesBottomlessNesting() {
        assertRefused(() -> parse("[".repeat(1_000_000)), "doc", "expected JSON");
        assertRefused(() -> parse("{\"a\":".repeat(1_000_000)), "doc", "expected JSON");
    }

    @Test
    void errorsStayShort() {
        assertThatThrownBy(() -> parse("\"" + "x".repeat(1_000_000) + "\"").integer())
                .hasMessageContaining("xxx...")
                .message()
                .hasSizeLessThan(500);
    }

    private static JsonValue parse(String json) throws IOException, ModelFormatException {
        return JsonValue.parse(Path.of("model.pt2"), "doc", json.getBytes(StandardCharsets.UTF_8));
    }

    private static void assertRefused(ThrowingCallable call, String... parts) {
        assertThatThrownBy(call).isInstanceOf(ModelFormatException.class).hasMessageContainingAll(parts);
    }
}
