// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.HostType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.NamedArgument.Access;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.ValueType;

/** What view operators do to memory, and how a new content of the view becomes one of what it is a view on. */
final class Views {

    /** They change what a tensor is in place, not its data: {@code x.unsqueeze_(0)}. */
    private static final Set<String> IN_PLACE =
            Set.of("squeeze_", "unsqueeze_", "transpose_", "t_", "swapaxes_", "swapdims_", "detach_", "requires_grad_");

    /** The result is the argument itself. */
    private static final Set<String> IDENTITIES = Set.of("alias", "detach", "requires_grad", "_reshape_alias_copy");

    /** They only give another shape to the elements in their order. */
    private static final Set<String> RESHAPES = Set.of(
            "view",
            "view_as",
            "_unsafe_view",
            "reshape",
            "reshape_as",
            "flatten",
            "unflatten",
            "ravel",
            "squeeze",
            "unsqueeze",
            "atleast_1d",
            "atleast_2d",
            "atleast_3d");

    /** A view or a copy, depending on how the elements lie. */
    private static final Set<String> MAYBE_COPIES = Set.of("reshape", "reshape_as", "flatten", "ravel", "contiguous");

    /** Doing it again undoes it. */
    private static final Set<String> INVOLUTIONS =
            Set.of("transpose", "swapaxes", "swapdims", "t", "numpy_T", "mT", "matrix_H", "mH", "adjoint");

    private Views() {}

    static boolean isInPlace(Layer layer) {
        return layer.op().namespace().equals("aten")
                && IN_PLACE.contains(layer.op().name());
    }

    /**
     * Whether the result of a layer that may return a view is taken for memory of its own. Element types decide for
     * conversions, the way elements lie for {@code reshape} and {@code contiguous}; what cannot be known is a copy for
     * conversions and for tensors that were transposed, expanded or cut, and a view else.
     */
    static boolean copies(Layer layer, Strides strides, ValueType from, ValueType to) {
        String op = layer.op().name();
        if (MAYBE_COPIES.contains(op)) {
            return strides.copies(layer, from, to);
        }
        if (IDENTITIES.contains(op) || RESHAPES.contains(op) || isKnownView(op)) {
            return false;
        }
        boolean overloadOfView = op.equals("view") && layer.op().overload().equals("dtype");
        return !overloadOfView && !sameType(from, to);
    }

    private static boolean sameType(ValueType from, ValueType to) {
        return from instanceof TensorSpec && from.equals(to);
    }

    private static boolean isKnownView(String op) {
        return INVOLUTIONS.contains(op)
                || Set.of(
                                "select",
                                "slice",
                                "narrow",
                                "diagonal",
                                "permute",
                                "movedim",
                                "moveaxis",
                                "split",
                                "split_with_sizes",
                                "chunk",
                                "unbind",
                                "tensor_split",
                                "hsplit",
                                "vsplit",
                                "dsplit",
                                "expand",
                                "expand_as",
                                "broadcast_to",
                                "as_strided",
                                "unfold",
                                "view_as_real",
                                "view_as_complex",
                                "real",
                                "imag",
                                "conj",
                                "_conj")
                        .contains(op);
    }

    /** Adds layers while a view is undone. */
    interface Emitter {
        /** A layer with one new value. */
        int emit(OpName op, ValueType type, List<NamedArgument> arguments);

        /** Type of a value. */
        ValueType type(int value);

        /** What now stands for a value that the view's layer reads. */
        Argument current(Argument argument);
    }

    /**
     * The new content of the base.
     *
     * @param view the layer that makes the view
     * @param index which of its outputs
     * @param base the base's content
     * @param content the view's new content
     * @return null if it cannot be said
     */
    static @Nullable Integer undo(Layer view, int index, int base, int content, Emitter to) {
        ValueType type = to.type(base);
        String op = view.op().name();
        if (HostOp.isHost(view)) {
            return undoHost(view, index, base, content, to);
        }
        if (to.type(content) instanceof HostType) {
            return joined(op, base, content, argument(view, "dim", to), to);
        }
        if (IDENTITIES.contains(op) || op.equals("contiguous")) {
            return content;
        }
        if (op.equals("view") && view.op().overload().equals("dtype")) {
            return type instanceof TensorSpec spec
                    ? (Integer) to.emit(
                            view.op(), type, List.of(view(content), constant("dtype", new Argument.Type(spec.dtype()))))
                    : null;
        }
        if (RESHAPES.contains(op)) {
            return reshaped(base, content, to);
        }
        if (INVOLUTIONS.contains(op)) {
            List<NamedArgument> arguments = new ArrayList<>(view.arguments());
            arguments.replaceAll(a -> NamedArgument.read(a.name(), to.current(a.value())));
            arguments.set(0, view(content));
            return to.emit(view.op(), type, arguments);
        }
        return switch (op) {
            case "select" -> selected(base, content, argument(view, "dim", to), argument(view, "index", to), to);
            case "unbind" -> selected(base, content, argument(view, "dim", to), new Argument.Int(index), to);
            case "slice" ->
                sliced(
                        base,
                        content,
                        argument(view, "dim", to),
                        argument(view, "start", to),
                        argument(view, "end", to),
                        argument(view, "step", to),
                        to);
            case "narrow" -> narrowed(view, base, content, to);
            case "split" -> split(view, index, base, content, to);
            case "split_with_sizes" -> splitWithSizes(view, index, base, content, to);
            case "chunk" -> chunked(view, index, base, content, to);
            case "diagonal" ->
                to.emit(
                        op("diagonal_scatter"),
                        type,
                        List.of(
                                self(base),
                                NamedArgument.read("src", new Argument.Ref(content)),
                                constant("offset", argument(view, "offset", to)),
                                constant("dim1", argument(view, "dim1", to)),
                                constant("dim2", argument(view, "dim2", to))));
            case "permute" -> permuted(view, content, type, to);
            case "movedim", "moveaxis" -> {
                List<NamedArgument> arguments = List.of(
                        view(content),
                        constant("source", argument(view, "destination", to)),
                        constant("destination", argument(view, "source", to)));
                yield to.emit(view.op(), type, arguments);
            }
            case "as_strided" ->
                to.emit(
                        op("as_strided_scatter"),
                        type,
                        List.of(
                                self(base),
                                NamedArgument.read("src", new Argument.Ref(content)),
                                constant("size", argument(view, "size", to)),
                                constant("stride", argument(view, "stride", to)),
                                constant("storage_offset", argument(view, "storage_offset", to))));
            case "view_as_real" -> to.emit(op("view_as_complex"), type, List.of(view(content)));
            case "view_as_complex" -> to.emit(op("view_as_real"), type, List.of(view(content)));
            case "real" -> complex(base, content, true, to);
            case "imag" -> complex(base, content, false, to);
            case "expand", "expand_as", "broadcast_to" -> sameType(type, to.type(content)) ? content : null;
            default -> sameType(type, to.type(content)) ? content : null;
        };
    }

    /** An optional is what it holds; a list gets another element. */
    private static @Nullable Integer undoHost(Layer layer, int index, int base, int content, Emitter to) {
        HostOp host = HostOp.of(layer);
        if (host == HostOp.UNWRAP || host == HostOp.IDENTITY) {
            return content;
        }
        if (host != HostOp.GET && host != HostOp.UNPACK) {
            return null;
        }
        Argument key = host == HostOp.GET ? argument(layer, "key", to) : new Argument.Int(index);
        return to.emit(
                HostOp.SET.op(),
                to.type(base),
                List.of(
                        NamedArgument.read("container", new Argument.Ref(base)),
                        NamedArgument.read("key", key),
                        NamedArgument.read("value", new Argument.Ref(content))));
    }

    /** All parts at once, as a list. */
    private static @Nullable Integer joined(String op, int base, int content, Argument dim, Emitter to) {
        String inverse = switch (op) {
            case "split", "split_with_sizes", "chunk", "tensor_split" -> "cat";
            case "unbind" -> "stack";
            default -> "";
        };
        return inverse.isEmpty()
                ? null
                : to.emit(
                        op(inverse),
                        to.type(base),
                        List.of(NamedArgument.read("tensors", new Argument.Ref(content)), constant("dim", dim)));
    }

    private static Integer reshaped(int base, int content, Emitter to) {
        ValueType type = to.type(base);
        if (type instanceof TensorSpec spec && spec.shape().isStatic()) {
            return to.emit(
                    op("reshape"),
                    type,
                    List.of(
                            view(content),
                            constant("shape", Argument.ListOf.ints(spec.shape().sizes()))));
        }
        return to.emit(
                op("reshape_as"), type, List.of(view(content), NamedArgument.read("other", new Argument.Ref(base))));
    }

    private static Integer selected(int base, int content, Argument dim, Argument index, Emitter to) {
        return to.emit(
                op("select_scatter"),
                to.type(base),
                List.of(
                        self(base),
                        NamedArgument.read("src", new Argument.Ref(content)),
                        constant("dim", dim),
                        constant("index", index)));
    }

    private static Integer sliced(
            int base, int content, Argument dim, Argument start, Argument end, Argument step, Emitter to) {
        return to.emit(
                op("slice_scatter"),
                to.type(base),
                List.of(
                        self(base),
                        NamedArgument.read("src", new Argument.Ref(content)),
                        constant("dim", dim),
                        constant("start", start),
                        constant("end", end),
                        constant("step", step)));
    }

    private static Integer part(int base, int content, Argument dim, Argument start, Argument end, Emitter to) {
        return sliced(base, content, dim, start, end, new Argument.Int(1), to);
    }

    private static @Nullable Integer narrowed(Layer view, int base, int content, Emitter to) {
        if (!view.op().overload().equals(OpName.DEFAULT_OVERLOAD)) {
            return null;
        }
        Argument start = argument(view, "start", to);
        Argument length = argument(view, "length", to);
        Argument dim = argument(view, "dim", to);
        if (start instanceof Argument.Int from && length instanceof Argument.Int count) {
            long end = from.value() + count.value();
            // A negative start that reaches the end of the dimension has no end to write down.
            boolean open = from.value() < 0 && end == 0;
            return part(base, content, dim, start, open ? new Argument.None() : new Argument.Int(end), to);
        }
        if (start instanceof Argument.Int from && from.value() < 0) {
            return null;
        }
        int end = to.emit(
                HostOp.ADD.op(),
                ScalarType.INT,
                List.of(NamedArgument.read("left", start), NamedArgument.read("right", length)));
        return part(base, content, dim, start, new Argument.Ref(end), to);
    }

    private static @Nullable Integer split(Layer view, int index, int base, int content, Emitter to) {
        if (view.argument("split_sizes") != null || view.argument("split_size") instanceof Argument.ListOf) {
            return splitWithSizes(view, index, base, content, to);
        }
        return view.argument("split_size") instanceof Argument.Int size
                ? part(
                        base,
                        content,
                        argument(view, "dim", to),
                        new Argument.Int(size.value() * index),
                        new Argument.Int(size.value() * (index + 1)),
                        to)
                : null;
    }

    private static @Nullable Integer splitWithSizes(Layer view, int index, int base, int content, Emitter to) {
        Argument argument = view.argument("split_sizes");
        List<Long> sizes = Constants.integers(argument == null ? view.argument("split_size") : argument);
        if (sizes == null) {
            return null;
        }
        long start = sizes.subList(0, index).stream().mapToLong(Long::longValue).sum();
        return part(
                base,
                content,
                argument(view, "dim", to),
                new Argument.Int(start),
                new Argument.Int(start + sizes.get(index)),
                to);
    }

    private static @Nullable Integer chunked(Layer view, int index, int base, int content, Emitter to) {
        if (!(view.argument("chunks") instanceof Argument.Int chunks)
                || !(to.type(base) instanceof TensorSpec spec)
                || spec.shape().rank() == 0) {
            return null;
        }
        int dim = Math.floorMod(
                (int) Constants.integer(view, "dim", 0), spec.shape().rank());
        if (spec.shape().dims().get(dim).fixedSize().isEmpty()) {
            return null;
        }
        long size = spec.shape().dims().get(dim).fixedSize().getAsLong();
        long each = (size + chunks.value() - 1) / chunks.value();
        return part(
                base,
                content,
                new Argument.Int(dim),
                new Argument.Int(each * index),
                new Argument.Int(Math.min(size, each * (index + 1))),
                to);
    }

    private static @Nullable Integer permuted(Layer view, int content, ValueType type, Emitter to) {
        List<Long> order = Constants.integers(view.argument("dims"));
        if (order == null) {
            return null;
        }
        long[] back = new long[order.size()];
        for (int i = 0; i < back.length; i++) {
            back[(int) Math.floorMod(order.get(i), (long) back.length)] = i;
        }
        return to.emit(view.op(), type, List.of(view(content), constant("dims", Argument.ListOf.ints(back))));
    }

    private static Integer complex(int base, int content, boolean real, Emitter to) {
        ValueType part = to.type(content);
        int other = to.emit(op(real ? "imag" : "real"), part, List.of(view(base)));
        return to.emit(
                op("complex"),
                to.type(base),
                List.of(
                        NamedArgument.read("real", new Argument.Ref(real ? content : other)),
                        NamedArgument.read("imag", new Argument.Ref(real ? other : content))));
    }

    private static Argument argument(Layer view, String name, Emitter to) {
        Argument argument = view.argument(name);
        return argument == null ? new Argument.None() : to.current(argument);
    }

    /** The result may share its memory. */
    private static NamedArgument view(int value) {
        return new NamedArgument("self", Access.ALIAS, new Argument.Ref(value));
    }

    private static NamedArgument self(int value) {
        return NamedArgument.read("self", new Argument.Ref(value));
    }

    private static NamedArgument constant(String name, Argument value) {
        return NamedArgument.read(name, value);
    }

    private static OpName op(String name) {
        return new OpName("aten", name, OpName.DEFAULT_OVERLOAD);
    }
}
