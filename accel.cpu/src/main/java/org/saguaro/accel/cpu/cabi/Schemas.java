// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.cabi;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.cpu.OperatorSchema;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.SignalOps;

/** Schemas of libtorch's operators, and of ours. Immutable and thread-safe. */
final class Schemas {

    private static final String RESOURCE = "c-abi-schemas.txt";

    /** Ours, and torchvision's. */
    private static final List<String> MORE = List.of(
            "-- torchvision::nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
            "-- torchvision::roi_align(Tensor input, Tensor rois, float spatial_scale, SymInt pooled_height, SymInt pooled_width,"
                    + " int sampling_ratio, bool aligned) -> Tensor",
            "-- torchvision::deform_conv2d(Tensor input, Tensor weight, Tensor offset, Tensor mask, Tensor bias, SymInt stride_h,"
                    + " SymInt stride_w, SymInt pad_h, SymInt pad_w, SymInt dilation_h, SymInt dilation_w, SymInt groups,"
                    + " SymInt offset_groups, bool use_mask) -> Tensor",
            "-- " + SignalOps.MULTIPLY_CONJUGATE.namespace() + "::" + SignalOps.MULTIPLY_CONJUGATE.name()
                    + "(Tensor self, Tensor other) -> Tensor");

    private final Map<OpName, Schema> byName = new HashMap<>();

    /** Loaded on first use. */
    private static final class Holder {
        static final Schemas ALL = new Schemas();
    }

    private Schemas() {
        InputStream resource = Objects.requireNonNull(Schemas.class.getResourceAsStream(RESOURCE), RESOURCE);
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(resource, StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (!line.startsWith("#")) {
                    add(line);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        MORE.forEach(this::add);
    }

    private void add(String line) {
        Schema schema = Schema.parse(line);
        byName.put(schema.name(), schema);
    }

    static Schemas all() {
        return Holder.ALL;
    }

    /** The schema, or null if there is none. */
    @Nullable
    Schema find(OpName name) {
        return byName.get(OperatorSchema.dispatched(name));
    }

    /** The overload that takes tensors where this one takes numbers, and otherwise the same; null if there is none. */
    @Nullable
    Schema withTensorsForNumbers(Schema schema) {
        List<Schema> found = new ArrayList<>();
        for (Schema other : byName.values()) {
            if (other.name().name().equals(schema.name().name())
                    && other.name().namespace().equals(schema.name().namespace())
                    && !other.name().equals(schema.name())
                    && replacesNumbers(schema, other)) {
                found.add(other);
            }
        }
        return found.size() == 1 ? found.get(0) : null;
    }

    private static boolean replacesNumbers(Schema schema, Schema other) {
        if (schema.parameters().size() != other.parameters().size()) {
            return false;
        }
        boolean replaced = false;
        for (int i = 0; i < schema.parameters().size(); i++) {
            Schema.Parameter a = schema.parameters().get(i);
            Schema.Parameter b = other.parameters().get(i);
            boolean tensor = a.type() == Schema.Type.NUMBER && b.type() == Schema.Type.TENSOR;
            replaced |= tensor;
            if (!(tensor || a.type() == b.type())
                    || !a.name().equals(b.name())
                    || a.list() != b.list()
                    || a.written() != b.written()) {
                return false;
            }
        }
        return replaced;
    }
}
