// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.workflow;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Dim;
import org.saguaro.model.api.Shape;
import org.saguaro.model.api.TensorSpec;

/** Types as a description writes them: {@code float32[1, 3, n]}, where a name is a size that is the same wherever it stands. */
final class TypeText {

    /** Java's and JSON Schema's languages of patterns agree on it. */
    static final String PATTERN = "^("
            + Arrays.stream(DType.values()).map(DType::torchName).collect(Collectors.joining("|"))
            + ")\\[( *([0-9]{1,9}|[A-Za-z_][A-Za-z_0-9]{0,30}) *(, *([0-9]{1,9}|[A-Za-z_][A-Za-z_0-9]{0,30}) *)*)?\\]$";

    static final String DTYPE_PATTERN =
            "^(" + Arrays.stream(DType.values()).map(DType::torchName).collect(Collectors.joining("|")) + ")$";

    private static final Pattern TYPE = Pattern.compile(PATTERN);

    private TypeText() {}

    /** The type, or null if the text is none. */
    static @Nullable TensorSpec parse(String text) {
        Matcher matcher = TYPE.matcher(text);
        if (!matcher.find()) {
            return null;
        }
        DType dtype = dtype(matcher.group(1));
        String sizes = text.substring(text.indexOf('[') + 1, text.length() - 1).trim();
        List<Dim> dims = new ArrayList<>();
        if (!sizes.isEmpty()) {
            for (String size : sizes.split(",", -1)) {
                dims.add(dim(size.trim()));
            }
        }
        return dtype == null ? null : new TensorSpec(dtype, new Shape(dims));
    }

    private static Dim dim(String text) {
        return Character.isDigit(text.charAt(0))
                ? new Dim.Fixed(Long.parseLong(text))
                : new Dim.Symbolic(text, 1, Long.MAX_VALUE);
    }

    /** The element type of that name, or null. */
    static @Nullable DType dtype(String name) {
        for (DType dtype : DType.values()) {
            if (dtype.torchName().equals(name)) {
                return dtype;
            }
        }
        return null;
    }
}
