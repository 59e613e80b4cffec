// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.cost;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.saguaro.accel.api.Precision;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;

/**
 * What decides how long a kernel takes: its operators, shapes, element types and attributes, but not its weights' values.
 * Segments with equal signatures share measurements, across deployments and restarts; in each precision for itself ({@link #in}).
 */
public final class KernelSignature {

    private static final int HASH_CHARACTERS = 16;

    private KernelSignature() {}

    /** A name for people and a hash of everything that matters, for instance {@code conv2d+relu:1f0c...}. */
    public static String of(LayerGraph segment) {
        StringBuilder text = new StringBuilder();
        Map<Integer, Integer> local = new LinkedHashMap<>();
        for (Layer layer : segment.layers()) {
            text.append(layer.op());
            for (NamedArgument argument : layer.arguments()) {
                text.append('|').append(argument.name()).append('=');
                describe(segment, argument.value(), local, text);
            }
            // A result gets its number here and not where it is read first: or it could not be told from an input.
            layer.outputs().forEach(id -> local.putIfAbsent(id, local.size()));
            text.append('\n');
        }
        return names(segment) + ":" + hash(text.toString());
    }

    /** The name of a signature's kernels that compute in a precision: exact ones go by the signature itself. */
    public static String in(Precision precision, String signature) {
        return precision == Precision.FLOAT32 ? signature : signature + "@" + precision.wireName();
    }

    private static void describe(
            LayerGraph segment, Argument argument, Map<Integer, Integer> local, StringBuilder text) {
        if (argument instanceof Argument.Ref ref) {
            // Numbered in order of appearance, so that the wiring counts and the model's own ids do not; weights are
            // packed
            // when the kernel is prepared, other operands are not.
            text.append(segment.weight(ref.value()) == null ? 'v' : 'w')
                    .append(local.computeIfAbsent(ref.value(), id -> local.size()))
                    .append(segment.value(ref.value()).type());
        } else if (argument instanceof Argument.ListOf list) {
            list.elements().forEach(element -> describe(segment, element, local, text.append(',')));
        } else {
            text.append(argument);
        }
    }

    private static String names(LayerGraph segment) {
        Map<String, Long> counts = segment.layers().stream()
                .collect(Collectors.groupingBy(l -> l.op().name(), LinkedHashMap::new, Collectors.counting()));
        if (counts.size() > 4) {
            return segment.layers().size() + " layers";
        }
        return counts.entrySet().stream()
                .map(e -> e.getValue() == 1 ? e.getKey() : e.getValue() + "*" + e.getKey())
                .collect(Collectors.joining("+"));
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest).substring(0, HASH_CHARACTERS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
