// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.model.api.Layer;
import org.saguaro.runtime.core.host.HostTensor;
import org.saguaro.runtime.core.host.HostTuple;
import org.saguaro.runtime.core.host.ModelRaisedException;
import org.saguaro.runtime.core.residency.TensorLostException;

/** How many tensors an operator that returns a list gives, from its arguments: a kernel's outputs must be counted before. */
final class ListResults {

    private ListResults() {}

    /**
     * The length of the list.
     *
     * @param contents what stands in each argument of the layer
     * @throws ModelRaisedException if the arguments do not fit, or nothing is known of the operator's list
     */
    static int count(Layer layer, List<@Nullable Object> contents)
            throws AccelException, TensorLostException, ModelRaisedException {
        return switch (layer.op().name()) {
            case "unbind" -> Math.toIntExact(size(layer, contents));
            case "split", "unsafe_split", "split_with_sizes", "unsafe_split_with_sizes", "split_copy" -> {
                String sizes = layer.argument("split_size") != null ? "split_size" : "split_sizes";
                Object parts = content(layer, contents, sizes);
                yield parts instanceof Collection<?> list ? list.size() : pieces(layer, contents, number(parts));
            }
            case "chunk", "unsafe_chunk" -> {
                long chunks = Math.max(1, number(content(layer, contents, "chunks")));
                long size = size(layer, contents);
                yield size == 0
                        ? Math.toIntExact(chunks)
                        : pieces(layer, contents, Math.max(1, (size + chunks - 1) / chunks));
            }
            case "tensor_split", "hsplit", "vsplit", "dsplit" -> {
                String name = layer.argument("sections") != null ? "sections" : "indices";
                Object parts = content(layer, contents, name);
                yield parts instanceof Collection<?> list ? list.size() + 1 : Math.toIntExact(number(parts));
            }
            case "meshgrid", "broadcast_tensors", "atleast_1d", "atleast_2d", "atleast_3d", "align_tensors" ->
                elements(content(layer, contents, "tensors")).size();
            case "where", "nonzero_numpy" -> Math.max(1, rank(contents.get(0)));
            default ->
                throw new ModelRaisedException(
                        "RuntimeError",
                        layer.label() + ": how many tensors " + layer.op()
                                + " returns is only known to the operator; unpack its result into a fixed number of names");
        };
    }

    private static int pieces(Layer layer, List<@Nullable Object> contents, long pieceSize)
            throws AccelException, TensorLostException, ModelRaisedException {
        long size = size(layer, contents);
        return Math.toIntExact(size == 0 || pieceSize <= 0 ? 1 : (size + pieceSize - 1) / pieceSize);
    }

    /** Size of the first argument in the dimension that the layer's argument {@code dim} names, the first one by default. */
    private static long size(Layer layer, List<@Nullable Object> contents)
            throws AccelException, TensorLostException, ModelRaisedException {
        if (!(contents.get(0) instanceof HostTensor tensor)) {
            throw new ModelRaisedException("RuntimeError", layer.label() + ": " + layer.op() + " needs a tensor");
        }
        long[] sizes = tensor.sizes();
        int dim = layer.argument("dim") == null ? 0 : Math.toIntExact(number(content(layer, contents, "dim")));
        int index = dim < 0 ? dim + sizes.length : dim;
        if (index < 0 || index >= sizes.length) {
            throw new ModelRaisedException(
                    "RuntimeError",
                    layer.label() + ": " + layer.op() + ": dimension " + dim + " of a tensor with " + sizes.length
                            + " dimensions");
        }
        return sizes[index];
    }

    private static int rank(@Nullable Object content) throws AccelException, TensorLostException {
        return content instanceof HostTensor tensor ? tensor.sizes().length : 0;
    }

    private static @Nullable Object content(Layer layer, List<@Nullable Object> contents, String name) {
        for (int i = 0; i < contents.size(); i++) {
            if (layer.arguments().get(i).name().equals(name)) {
                return contents.get(i);
            }
        }
        return null;
    }

    private static List<Object> elements(@Nullable Object content) {
        List<Object> elements = new ArrayList<>();
        Object list = content instanceof HostTuple tuple ? tuple.elements() : content;
        if (list instanceof Iterable<?> iterable) {
            iterable.forEach(elements::add);
        }
        return elements;
    }

    private static long number(@Nullable Object content) throws ModelRaisedException {
        if (content instanceof Number number) {
            return number.longValue();
        }
        throw new ModelRaisedException("TypeError", "expected a number, found " + content);
    }
}
