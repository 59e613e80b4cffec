// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.inference;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.formats.text.Json;
import org.saguaro.launcher.inference.Refusal.Category;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.InferenceResult;

/**
 * Where a request's outputs go: into shared memory where the client has left room, else into the answer.
 *
 * @param region null if all go into the answer
 * @param offset first byte of the room
 * @param bytes length of the room
 */
record Outputs(@Nullable SharedRegion region, long offset, long bytes) {

    /** As a request's header says. */
    static Outputs of(JsonNode header, @Nullable SharedRegion region) throws Refusal {
        JsonNode room = header.path("outputs");
        if (room.isMissingNode()) {
            return new Outputs(null, 0, 0);
        }
        long offset = room.path("offset").asLong(-1);
        long bytes = room.path("length").asLong(-1);
        if (region == null || offset < 0 || bytes < 0 || offset % MessageChannel.ALIGNMENT != 0) {
            throw new Refusal(
                    Category.INVALID_INPUT,
                    "found outputs " + room + ", expected an offset that is a multiple of " + MessageChannel.ALIGNMENT
                            + " and a length, inside memory that is shared");
        }
        region.slice(offset, bytes);
        return new Outputs(region, offset, bytes);
    }

    /** The answer, with all outputs in one of the two places. */
    Answer answer(InferenceResult result) throws Refusal {
        List<Tensor> tensors = result.outputs().stream()
                .map(Tensor::toDense)
                .map(Outputs::exact)
                .toList();
        List<ByteBuffer> contents = tensors.stream().map(Tensor::bytes).toList();
        SharedRegion memory = region;
        boolean shared = memory != null && MessageChannel.payloadBytes(contents) <= bytes;
        if (memory != null && shared) {
            ByteBuffer room = memory.slice(offset, bytes);
            int position = 0;
            for (ByteBuffer content : contents) {
                position = (int) MessageChannel.aligned(position);
                room.put(position, content, 0, content.remaining());
                position += content.remaining();
            }
        }
        return Answer.of(
                Json.object(
                        "request", result.requestId(),
                        "latencyNanos", result.latency().toNanos(),
                        "tensors", TensorHeaders.describe(tensors, shared, shared ? offset : 0)),
                shared ? List.of() : contents);
    }

    /** The bytes of a weight's tensor may go on after its last element. */
    private static Tensor exact(Tensor dense) {
        int length = Math.toIntExact(dense.elementCount() * dense.dtype().sizeBytes());
        ByteBuffer bytes = dense.bytes();
        return bytes.remaining() == length
                ? dense
                : Tensor.dense(dense.dtype(), dense.sizes(), bytes.slice(bytes.position(), length));
    }
}
