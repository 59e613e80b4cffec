// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.inference;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/**
 * What goes back to the client.
 *
 * @param kind {@link Kind#RESULT} or {@link Kind#ERROR}
 * @param header a JSON object
 * @param tensors what the payload consists of, each at the next multiple of {@link MessageChannel#ALIGNMENT}
 */
record Answer(Kind kind, Map<String, Object> header, List<ByteBuffer> tensors) {

    static Answer of(Map<String, Object> result) {
        return new Answer(Kind.RESULT, result, List.of());
    }

    static Answer of(Map<String, Object> result, List<ByteBuffer> tensors) {
        return new Answer(Kind.RESULT, result, tensors);
    }

    static Answer of(Refusal refusal) {
        return new Answer(
                Kind.ERROR,
                Map.of("category", refusal.category().name(), "message", String.valueOf(refusal.getMessage())),
                List.of());
    }
}
