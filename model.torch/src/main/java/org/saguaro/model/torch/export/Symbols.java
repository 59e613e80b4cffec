// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.export;

import java.util.HashMap;
import java.util.Map;
import org.saguaro.model.api.Dim;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.json.JsonValue;

/** The symbolic sizes of a model and their ranges. */
final class Symbols {

    /** Smallest and largest value. */
    record Range(long min, long max) {
        /** What holds of any size. */
        static final Range SIZE = new Range(0, Long.MAX_VALUE);
    }

    private final Map<String, Range> ranges;

    private Symbols(Map<String, Range> ranges) {
        this.ranges = ranges;
    }

    /** Reads {@code range_constraints}: bounds per symbol, either of which may be absent. */
    static Symbols read(JsonValue constraints) throws ModelFormatException {
        Map<String, Range> ranges = new HashMap<>();
        for (Map.Entry<String, JsonValue> constraint : constraints.fields().entrySet()) {
            JsonValue bounds = constraint.getValue();
            JsonValue min = bounds.optional("min_val");
            JsonValue max = bounds.optional("max_val");
            Range range = new Range(
                    min == null ? Range.SIZE.min() : Math.max(Range.SIZE.min(), min.integer()),
                    max == null ? Range.SIZE.max() : max.integer());
            if (range.min() > range.max()) {
                throw bounds.refuse("a range from " + range.min() + " to " + range.max(), "a range that is not empty");
            }
            ranges.put(constraint.getKey(), range);
        }
        return new Symbols(ranges);
    }

    /** The dimension that an expression of the archive describes. */
    Dim dim(String expression) {
        return SymbolicExpression.parse(expression, symbol -> ranges.getOrDefault(symbol, Range.SIZE));
    }
}
