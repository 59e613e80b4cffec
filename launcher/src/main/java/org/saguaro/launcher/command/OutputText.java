// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.command;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.saguaro.formats.text.Json;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Tensor;

/** Output tensors as a person or a program wants to see them. */
public final class OutputText {

    private static final int VALUES_SHOWN = 10;
    private static final int VALUES_IN_JSON = 10_000;

    private OutputText() {}

    /** A line: type, shape, range, the first values. */
    public static String line(Tensor tensor) {
        List<Object> values = values(tensor, VALUES_SHOWN);
        StringBuilder text = new StringBuilder(tensor.spec().toString());
        text.append("  [");
        for (int i = 0; i < values.size(); i++) {
            text.append(i == 0 ? "" : ", ").append(text(values.get(i)));
        }
        text.append(tensor.elementCount() > values.size() ? ", ...]" : "]");
        if (tensor.dtype().isFloatingPoint() && tensor.elementCount() > 1) {
            double[] all = tensor.toDoubles();
            int largest = 0;
            for (int i = 1; i < all.length; i++) {
                largest = all[i] > all[largest] ? i : largest;
            }
            text.append(String.format(
                    Locale.ROOT,
                    "  min %.4g, max %.4g at %s",
                    Arrays.stream(all).min().orElse(Double.NaN),
                    all[largest],
                    position(largest, tensor.sizes())));
        }
        return text.toString();
    }

    /** An object with the values, row-major, if they are not too many. */
    public static Object json(Tensor tensor) {
        boolean all = tensor.elementCount() <= VALUES_IN_JSON;
        return Json.object(
                "dtype",
                tensor.dtype().torchName(),
                "shape",
                Arrays.stream(tensor.sizes()).boxed().toList(),
                all ? "values" : "firstValues",
                values(tensor, VALUES_IN_JSON));
    }

    private static List<Object> values(Tensor tensor, int limit) {
        Tensor dense = tensor.toDense();
        ByteBuffer bytes = dense.bytes();
        int count = (int) Math.min(limit, dense.elementCount());
        List<Object> values = new ArrayList<>(count);
        if (dense.dtype() == DType.INT64) {
            for (int i = 0; i < count; i++) {
                values.add(bytes.getLong(8 * i));
            }
        } else if (dense.dtype() == DType.COMPLEX64 || dense.dtype() == DType.COMPLEX128) {
            boolean small = dense.dtype() == DType.COMPLEX64;
            for (int i = 0; i < count; i++) {
                values.add(List.of(
                        small ? bytes.getFloat(8 * i) : bytes.getDouble(16 * i),
                        small ? bytes.getFloat(8 * i + 4) : bytes.getDouble(16 * i + 8)));
            }
        } else {
            double[] doubles = dense.toDoubles();
            for (int i = 0; i < count; i++) {
                values.add(value(dense.dtype(), doubles[i]));
            }
        }
        return values;
    }

    private static Object value(DType dtype, double value) {
        if (dtype == DType.BOOL) {
            return value != 0;
        }
        if (!dtype.isFloatingPoint()) {
            return (long) value;
        }
        if (!Double.isFinite(value)) {
            return Double.toString(value);
        }
        return dtype == DType.FLOAT64 ? (Object) value : (Object) (float) value;
    }

    private static String text(Object value) {
        return value instanceof Float || value instanceof Double
                ? String.format(Locale.ROOT, "%.4g", ((Number) value).doubleValue())
                : value.toString();
    }

    private static String position(int index, long[] sizes) {
        long[] position = new long[sizes.length];
        long rest = index;
        for (int i = sizes.length - 1; i >= 0; i--) {
            position[i] = rest % sizes[i];
            rest /= sizes[i];
        }
        return Arrays.toString(position);
    }
}
