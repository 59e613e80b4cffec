// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.inference;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.saguaro.formats.text.Json;
import org.saguaro.launcher.inference.Refusal.Category;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Tensor;

/** Tensors as a message's header describes them: element type, shape, and where the bytes are. */
final class TensorHeaders {

    private static final Map<String, DType> DTYPES =
            Arrays.stream(DType.values()).collect(Collectors.toMap(DType::torchName, Function.identity()));

    private TensorHeaders() {}

    /**
     * The tensors of a request, as views.
     *
     * @param payload the message's
     * @param region memory shared with the client, if any
     */
    static List<Tensor> read(JsonNode header, ByteBuffer payload, @Nullable SharedRegion region) throws Refusal {
        JsonNode entries = header.path("tensors");
        if (!entries.isArray()) {
            throw invalid("found no array 'tensors' in the header, expected one with an entry per input");
        }
        List<Tensor> tensors = new ArrayList<>(entries.size());
        for (JsonNode entry : entries) {
            tensors.add(tensor(entry, "tensor " + tensors.size(), payload, region));
        }
        return tensors;
    }

    private static Tensor tensor(JsonNode entry, String place, ByteBuffer payload, @Nullable SharedRegion region)
            throws Refusal {
        DType dtype = DTYPES.get(entry.path("dtype").asText());
        if (dtype == null) {
            throw invalid(place + ": found dtype " + entry.path("dtype") + ", expected one of "
                    + DTYPES.keySet().stream().sorted().collect(Collectors.joining(", ")));
        }
        long[] sizes = sizes(entry.path("shape"), place);
        long bytes = bytes(dtype, sizes, place);
        JsonNode offset = entry.path("offset");
        if (!offset.isIntegralNumber()
                || !offset.canConvertToLong()
                || offset.asLong() < 0
                || offset.asLong() % MessageChannel.ALIGNMENT != 0) {
            throw invalid(place + ": found offset " + offset + ", expected a multiple of " + MessageChannel.ALIGNMENT);
        }
        if (entry.path("shared").asBoolean()) {
            if (region == null) {
                throw invalid(place + " is in shared memory, but none is shared: send SHARE before");
            }
            return Tensor.dense(dtype, sizes, region.slice(offset.asLong(), bytes));
        }
        if (bytes > payload.capacity() || offset.asLong() > payload.capacity() - bytes) {
            throw invalid(place + ": found " + bytes + " bytes at " + offset.asLong() + " of a payload of "
                    + payload.capacity() + " bytes");
        }
        return Tensor.dense(dtype, sizes, payload.slice(offset.asInt(), (int) bytes));
    }

    private static long[] sizes(JsonNode shape, String place) throws Refusal {
        if (!shape.isArray()) {
            throw invalid(place + ": found shape " + shape + ", expected an array of sizes");
        }
        long[] sizes = new long[shape.size()];
        for (int i = 0; i < sizes.length; i++) {
            JsonNode size = shape.get(i);
            if (!size.isIntegralNumber() || !size.canConvertToLong() || size.asLong() < 0) {
                throw invalid(place + ": found shape " + shape + ", expected sizes of at least 0");
            }
            sizes[i] = size.asLong();
        }
        return sizes;
    }

    private static long bytes(DType dtype, long[] sizes, String place) throws Refusal {
        try {
            long bytes = dtype.sizeBytes();
            for (long size : sizes) {
                bytes = Math.multiplyExact(bytes, size);
            }
            return bytes;
        } catch (ArithmeticException e) {
            throw invalid(place + ": found shape " + Arrays.toString(sizes) + ", expected fewer than 2^63 bytes");
        }
    }

    /** Describes tensors that follow each other, each at the next multiple of the alignment, from an offset on. */
    static List<Object> describe(List<Tensor> tensors, boolean shared, long firstOffset) {
        List<Object> entries = new ArrayList<>(tensors.size());
        long offset = firstOffset;
        for (Tensor tensor : tensors) {
            offset = MessageChannel.aligned(offset);
            entries.add(Json.object(
                    "dtype", tensor.dtype().torchName(), "shape", tensor.sizes(), "offset", offset, "shared", shared));
            offset += tensor.bytes().remaining();
        }
        return entries;
    }

    private static Refusal invalid(String message) {
        return new Refusal(Category.INVALID_INPUT, message);
    }
}
