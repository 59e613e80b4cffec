// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.saguaro.model.api.HostOp;

/** Host operators against what Python said when src/test/python/host_ops.py was run. */
@NullUnmarked // Under JDK 17 javac does not show NullAway what is @Nullable inside arrays and lists of compiled
// classes.
class PythonTableTest {

    /** Of tensors, and what ends a request: no table can hold them. Identity of objects is not Python's. */
    private static final Set<HostOp> ELSEWHERE = EnumSet.of(
            HostOp.SIZE,
            HostOp.SHAPE,
            HostOp.RANK,
            HostOp.NUMEL,
            HostOp.DTYPE,
            HostOp.IS_FLOATING_POINT,
            HostOp.IS_COMPLEX,
            HostOp.ITEM,
            HostOp.TOLIST,
            HostOp.IS,
            HostOp.UNPACK,
            HostOp.RAISE,
            HostOp.UNWRAP);

    /** Operators of libm, whose last bit differs between implementations. */
    private static final Set<HostOp> LAST_BIT =
            EnumSet.of(HostOp.EXP, HostOp.LOG, HostOp.LOG2, HostOp.SIN, HostOp.COS, HostOp.TAN, HostOp.POW);

    @Test
    void hostOperatorsDoWhatPythonDoes() throws Exception {
        Set<HostOp> seen = EnumSet.noneOf(HostOp.class);
        List<String> wrong = new ArrayList<>();
        int cases = 0;
        for (JsonNode row : table()) {
            HostOp op = HostOp.valueOf(row.get(0).textValue().toUpperCase(Locale.ROOT));
            @Nullable Object[] operands = new @Nullable Object[row.get(1).size()];
            for (int i = 0; i < operands.length; i++) {
                operands[i] = decode(row.get(1).get(i));
            }
            String expected = show(row.get(2));
            String found = found(op, operands);
            if (!expected.equals(found) && !(LAST_BIT.contains(op) && close(expected, found))) {
                wrong.add(op + " " + row.get(1) + ": expected " + expected + ", found " + found);
            }
            seen.add(op);
            cases++;
        }

        assertThat(wrong).isEmpty();
        assertThat(cases).isGreaterThan(4000);
        assertThat(EnumSet.complementOf(EnumSet.copyOf(seen))).isEqualTo(ELSEWHERE);
    }

    private static JsonNode table() throws IOException {
        try (InputStream json = PythonTableTest.class.getResourceAsStream("host-ops.json")) {
            return new ObjectMapper().readTree(json);
        }
    }

    /** With types, so that 1, 1.0 and True differ; errors by their type. */
    private static String found(HostOp op, @Nullable Object[] operands) throws Exception {
        try {
            return PythonText.repr(HostCalls.evaluate(op, 1, operands).get(0));
        } catch (ModelRaisedException e) {
            assertThat(e)
                    .hasMessageStartingWith(op.op().namespace() + "." + op.op().name() + ": ");
            return "error " + e.pythonType();
        }
    }

    private static String show(JsonNode expected) {
        return expected.has("error") ? "error " + expected.get("error").textValue() : PythonText.repr(decode(expected));
    }

    private static boolean close(String expected, String found) {
        if (expected.startsWith("error") || found.startsWith("error")) {
            return false;
        }
        double a = Double.parseDouble(expected.replace("inf", "Infinity").replace("nan", "NaN"));
        double b = Double.parseDouble(found.replace("inf", "Infinity").replace("nan", "NaN"));
        return Math.abs(a - b) <= 4 * Math.ulp(a);
    }

    private static @Nullable Object decode(JsonNode json) {
        if (json.isNull()) {
            return null;
        }
        if (json.isBoolean()) {
            return json.booleanValue();
        }
        if (json.isNumber()) {
            return json.longValue();
        }
        if (json.isTextual()) {
            return json.textValue();
        }
        if (json.isArray()) {
            return elements(json);
        }
        if (json.has("f")) {
            return Double.valueOf(
                    json.get("f").textValue().replace("inf", "Infinity").replace("nan", "NaN"));
        }
        if (json.has("t")) {
            return HostCalls.tuple(elements(json.get("t")));
        }
        List<@Nullable Object> keys = new ArrayList<>();
        List<@Nullable Object> values = new ArrayList<>();
        for (JsonNode entry : json.get("d")) {
            keys.add(decode(entry.get(0)));
            values.add(decode(entry.get(1)));
        }
        return HostCalls.dict(keys, values);
    }

    private static List<@Nullable Object> elements(JsonNode array) {
        List<@Nullable Object> elements = new ArrayList<>();
        array.forEach(element -> elements.add(decode(element)));
        return elements;
    }
}
