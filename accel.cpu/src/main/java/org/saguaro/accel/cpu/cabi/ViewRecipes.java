// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.cabi;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Tensor;

/** Operators that give tensors other sizes and strides, computed here; and those that join and repeat tensors. */
final class ViewRecipes {

    private ViewRecipes() {}

    static void collect(Recipes.Book book) {
        for (String op : List.of("view", "_unsafe_view")) {
            book.add(op, (t, a) -> view(t, a.tensor("self"), a.longs("size")));
        }
        book.add("view_copy", (t, a) -> t.clone(view(t, a.tensor("self"), a.longs("size"))))
                .add("reshape", (t, a) -> reshape(t, a.tensor("self"), a.longs("shape")))
                .add("permute", (t, a) -> permute(t, a.tensor("self"), a.longs("dims")))
                .add("permute_copy", (t, a) -> t.clone(permute(t, a.tensor("self"), a.longs("dims"))))
                .add("expand", (t, a) -> expand(t, a.tensor("self"), a.longs("size")))
                .add("expand_copy", (t, a) -> t.clone(expand(t, a.tensor("self"), a.longs("size"))))
                .add("broadcast_to", (t, a) -> expand(t, a.tensor("self"), a.longs("size")))
                .add(
                        "as_strided",
                        (t, a) -> t.strided(
                                a.tensor("self"), a.longs("size"), a.longs("stride"), a.maybeInteger("storage_offset")))
                .add("unflatten.int", ViewRecipes::unflatten)
                .add("squeeze.dims", (t, a) -> squeeze(t, a.tensor("self"), a.longs("dim")))
                .add("movedim.intlist", ViewRecipes::moveDimensions)
                .add("flip", (t, a) -> flip(t, a.tensor("self"), a.longs("dims")))
                .add("roll", ViewRecipes::roll)
                .add("rot90", ViewRecipes::rotate)
                .add("repeat", (t, a) -> repeat(t, a.tensor("self"), a.longs("repeats")))
                .add("tile", (t, a) -> repeat(t, a.tensor("self"), a.longs("dims")))
                .add("stack", (t, a) -> stack(t, a.tensors("tensors"), a.integer("dim")))
                .add("cat", ViewRecipes::cat)
                .add("concat", ViewRecipes::cat)
                .add("broadcast_tensors", (t, a) -> broadcast(t, a.tensors("tensors")))
                .add("meshgrid", (t, a) -> meshgrid(t, a.tensors("tensors"), false))
                .add(
                        "meshgrid.indexing",
                        (t, a) -> meshgrid(
                                t, a.tensors("tensors"), a.text("indexing").equals("xy")))
                .add(
                        "unfold_copy",
                        (t, a) -> t.clone(t.op(
                                "unfold",
                                a.tensor("self"),
                                a.integer("dimension"),
                                a.integer("size"),
                                a.integer("step"))));
        for (String op : List.of("split.Tensor", "unsafe_split.Tensor", "split_copy.Tensor")) {
            book.add(
                    op,
                    (t, a) -> copiedIf(t, op, split(t, a.tensor("self"), a.integer("split_size"), a.integer("dim"))));
        }
        for (String op :
                List.of("split_with_sizes", "unsafe_split_with_sizes", "split_with_sizes_copy", "split.sizes")) {
            String sizes = op.equals("split.sizes") ? "split_size" : "split_sizes";
            book.add(op, (t, a) -> copiedIf(t, op, parts(t, a.tensor("self"), a.longs(sizes), a.integer("dim"))));
        }
        for (String op : List.of("chunk", "unsafe_chunk")) {
            book.add(op, (t, a) -> chunk(t, a.tensor("self"), a.integer("chunks"), a.integer("dim")));
        }
        for (String op : List.of("unbind.int", "unbind_copy.int")) {
            book.add(op, (t, a) -> copiedIf(t, op, unbind(t, a.tensor("self"), a.integer("dim"))));
        }
        book.add("tensor_split.sections", ViewRecipes::sections);
    }

    private static TensorHandle[] copiedIf(Aten t, String op, TensorHandle[] views) {
        return op.contains("_copy") ? Arrays.stream(views).map(t::clone).toArray(TensorHandle[]::new) : views;
    }

    /**
     * A dimension counted from the front.
     *
     * @throws IllegalArgumentException if there is none
     */
    static int dim(long dim, int rank) {
        int least = Math.max(rank, 1);
        if (dim < -least || dim >= least) {
            throw new IllegalArgumentException("a dimension must be one of " + rank + ", found " + dim);
        }
        return (int) (dim < 0 ? dim + least : dim);
    }

    static int dim(Aten t, TensorHandle tensor, long dim) {
        return dim(dim, t.rank(tensor));
    }

    /** Sizes with what -1 stands for. */
    static long[] inferred(long[] wanted, long count) {
        long[] sizes = wanted.clone();
        int open = -1;
        long known = 1;
        for (int d = 0; d < sizes.length; d++) {
            if (sizes[d] == -1 && open < 0) {
                open = d;
            } else {
                known *= sizes[d];
            }
        }
        if (open >= 0 && known > 0 && count % known == 0) {
            sizes[open] = count / known;
            known *= sizes[open];
        }
        if (known != count || Arrays.stream(sizes).anyMatch(size -> size < 0)) {
            throw new IllegalArgumentException(
                    "sizes " + Arrays.toString(wanted) + " must be those of " + count + " elements");
        }
        return sizes;
    }

    static TensorHandle view(Aten t, TensorHandle tensor, long... wanted) {
        long[] sizes = inferred(wanted, t.count(tensor));
        long[] strides = strides(t.sizes(tensor), t.strides(tensor), sizes);
        if (strides == null) {
            throw new IllegalArgumentException("a tensor of sizes " + Arrays.toString(t.sizes(tensor)) + " and strides "
                    + Arrays.toString(t.strides(tensor)) + " must be reshaped, not viewed, as "
                    + Arrays.toString(wanted));
        }
        return t.view(tensor, sizes, strides);
    }

    static TensorHandle reshape(Aten t, TensorHandle tensor, long... wanted) {
        long[] sizes = inferred(wanted, t.count(tensor));
        long[] strides = strides(t.sizes(tensor), t.strides(tensor), sizes);
        return strides == null
                ? t.view(t.clone(tensor), sizes, Tensor.denseStrides(sizes))
                : t.view(tensor, sizes, strides);
    }

    /** Strides that show the same elements in other sizes; null if there are none. */
    private static long @Nullable [] strides(long[] sizes, long[] strides, long[] wanted) {
        for (long size : sizes) {
            if (size == 0) {
                return Tensor.denseStrides(wanted);
            }
        }
        long[] found = new long[wanted.length];
        int to = wanted.length - 1;
        int from = sizes.length - 1;
        while (from >= 0) {
            // A run of dimensions that lie as one in memory.
            long step = strides[from];
            long run = sizes[from];
            while (from > 0 && (sizes[from - 1] == 1 || strides[from - 1] == run * step)) {
                from--;
                run *= sizes[from];
            }
            long filled = 1;
            while (to >= 0 && (filled < run || wanted[to] == 1)) {
                found[to] = filled * step;
                filled *= wanted[to];
                to--;
            }
            if (filled != run) {
                return null;
            }
            from--;
        }
        while (to >= 0) {
            found[to--] = 1;
        }
        return found;
    }

    static TensorHandle permute(Aten t, TensorHandle tensor, long... dims) {
        long[] sizes = t.sizes(tensor);
        long[] strides = t.strides(tensor);
        if (dims.length != sizes.length) {
            throw new IllegalArgumentException(
                    "there must be " + sizes.length + " dimensions, found " + Arrays.toString(dims));
        }
        long[] newSizes = new long[dims.length];
        long[] newStrides = new long[dims.length];
        boolean[] seen = new boolean[dims.length];
        for (int i = 0; i < dims.length; i++) {
            int d = dim(dims[i], sizes.length);
            if (seen[d]) {
                throw new IllegalArgumentException("a dimension must come once, found " + Arrays.toString(dims));
            }
            seen[d] = true;
            newSizes[i] = sizes[d];
            newStrides[i] = strides[d];
        }
        return t.view(tensor, newSizes, newStrides);
    }

    static TensorHandle expand(Aten t, TensorHandle tensor, long... wanted) {
        long[] sizes = t.sizes(tensor);
        long[] strides = t.strides(tensor);
        int more = wanted.length - sizes.length;
        long[] newStrides = new long[wanted.length];
        long[] newSizes = wanted.clone();
        for (int d = 0; d < wanted.length; d++) {
            long own = d < more ? 1 : sizes[d - more];
            if (newSizes[d] == -1 && d >= more) {
                newSizes[d] = own;
            }
            if (more < 0 || newSizes[d] < 0 || (own != 1 && own != newSizes[d])) {
                throw mismatch(sizes, wanted);
            }
            newStrides[d] = own == 1 && newSizes[d] != 1 ? 0 : d < more ? 0 : strides[d - more];
        }
        if (more < 0) {
            throw mismatch(sizes, wanted);
        }
        return t.view(tensor, newSizes, newStrides);
    }

    private static IllegalArgumentException mismatch(long[] sizes, long[] wanted) {
        return new IllegalArgumentException(
                "sizes " + Arrays.toString(sizes) + " must expand to " + Arrays.toString(wanted));
    }

    /** Sizes to which all expand. */
    static long[] common(long[]... all) {
        int rank = Arrays.stream(all).mapToInt(sizes -> sizes.length).max().orElse(0);
        long[] common = new long[rank];
        Arrays.fill(common, 1);
        for (long[] sizes : all) {
            for (int d = 0; d < sizes.length; d++) {
                int at = rank - sizes.length + d;
                if (common[at] == 1) {
                    common[at] = sizes[d];
                } else if (sizes[d] != 1 && sizes[d] != common[at]) {
                    throw new IllegalArgumentException("sizes must match, found "
                            + Arrays.stream(all).map(Arrays::toString).toList());
                }
            }
        }
        return common;
    }

    private static TensorHandle[] broadcast(Aten t, TensorHandle[] tensors) {
        long[] sizes = common(Arrays.stream(tensors).map(t::sizes).toArray(long[][]::new));
        return Arrays.stream(tensors).map(tensor -> expand(t, tensor, sizes)).toArray(TensorHandle[]::new);
    }

    private static TensorHandle unflatten(Aten t, Arguments a) {
        TensorHandle self = a.tensor("self");
        long[] sizes = t.sizes(self);
        int at = dim(a.integer("dim"), sizes.length);
        long[] inner = inferred(a.longs("sizes"), sizes[at]);
        long[] wanted = new long[sizes.length - 1 + inner.length];
        System.arraycopy(sizes, 0, wanted, 0, at);
        System.arraycopy(inner, 0, wanted, at, inner.length);
        System.arraycopy(sizes, at + 1, wanted, at + inner.length, sizes.length - at - 1);
        return view(t, self, wanted);
    }

    /** Without those of the dimensions that have size 1. */
    static TensorHandle squeeze(Aten t, TensorHandle self, long... dims) {
        long[] sizes = t.sizes(self);
        long[] strides = t.strides(self);
        boolean[] gone = new boolean[sizes.length];
        for (long d : dims) {
            int at = dim(d, sizes.length);
            if (sizes.length > 0) {
                gone[at] = sizes[at] == 1;
            }
        }
        List<Integer> left = new ArrayList<>();
        for (int d = 0; d < sizes.length; d++) {
            if (!gone[d]) {
                left.add(d);
            }
        }
        return t.view(
                self,
                left.stream().mapToLong(d -> sizes[d]).toArray(),
                left.stream().mapToLong(d -> strides[d]).toArray());
    }

    static TensorHandle unsqueeze(Aten t, TensorHandle self, int at) {
        long[] sizes = t.sizes(self);
        long[] strides = t.strides(self);
        long[] newSizes = new long[sizes.length + 1];
        long[] newStrides = new long[sizes.length + 1];
        for (int d = 0; d < newSizes.length; d++) {
            newSizes[d] = d == at ? 1 : sizes[d < at ? d : d - 1];
            newStrides[d] = d == at ? 1 : strides[d < at ? d : d - 1];
        }
        return t.view(self, newSizes, newStrides);
    }

    private static TensorHandle moveDimensions(Aten t, Arguments a) {
        TensorHandle self = a.tensor("self");
        int rank = t.rank(self);
        long[] from = a.longs("source");
        long[] to = a.longs("destination");
        Integer[] order = new Integer[rank];
        List<Integer> rest = new ArrayList<>();
        for (int d = 0; d < rank; d++) {
            rest.add(d);
        }
        for (int i = 0; i < from.length; i++) {
            order[dim(to[i], rank)] = dim(from[i], rank);
            rest.remove((Integer) dim(from[i], rank));
        }
        for (int d = 0; d < rank; d++) {
            if (order[d] == null) {
                order[d] = rest.remove(0);
            }
        }
        return permute(
                t, self, Arrays.stream(order).mapToLong(Integer::longValue).toArray());
    }

    /** The slices of one dimension in another order, some more than once. */
    static TensorHandle pick(Aten t, TensorHandle self, int dim, long[] indices) {
        return t.op("index_select", self, (long) dim, t.of(indices, indices.length));
    }

    static TensorHandle flip(Aten t, TensorHandle self, long... dims) {
        TensorHandle result = self;
        for (long d : dims) {
            int at = dim(t, self, d);
            long size = t.rank(self) == 0 ? 1 : t.size(self, at);
            long[] backwards = new long[(int) size];
            for (int i = 0; i < size; i++) {
                backwards[i] = size - 1 - i;
            }
            result = t.rank(self) == 0 ? result : pick(t, result, at, backwards);
        }
        return t.clone(result);
    }

    private static TensorHandle roll(Aten t, Arguments a) {
        TensorHandle self = a.tensor("self");
        long[] shifts = a.longs("shifts");
        long[] dims = a.longs("dims");
        long[] sizes = t.sizes(self);
        boolean flat = dims.length == 0;
        TensorHandle result = flat ? reshape(t, self, -1) : self;
        for (int i = 0; i < shifts.length; i++) {
            int at = flat ? 0 : dim(dims[i], sizes.length);
            long size = t.size(result, at);
            long[] moved = new long[(int) size];
            for (int k = 0; k < size; k++) {
                moved[k] = Math.floorMod(k - shifts[i], size);
            }
            result = pick(t, result, at, moved);
        }
        return flat ? reshape(t, result, sizes) : result;
    }

    private static TensorHandle rotate(Aten t, Arguments a) {
        TensorHandle self = a.tensor("self");
        long[] dims = a.longs("dims");
        return switch (Math.floorMod(a.integer("k"), 4)) {
            case 1 -> t.op("transpose.int", flip(t, self, dims[1]), dims[0], dims[1]);
            case 2 -> flip(t, self, dims);
            case 3 -> t.op("transpose.int", flip(t, self, dims[0]), dims[0], dims[1]);
            default -> t.clone(self);
        };
    }

    static TensorHandle repeat(Aten t, TensorHandle self, long... given) {
        long[] sizes = t.sizes(self);
        int rank = Math.max(given.length, sizes.length);
        long[] spread = new long[2 * rank];
        long[] own = new long[2 * rank];
        long[] result = new long[rank];
        for (int d = 0; d < rank; d++) {
            long size = d < rank - sizes.length ? 1 : sizes[d - rank + sizes.length];
            long times = d < rank - given.length ? 1 : given[d - rank + given.length];
            own[2 * d] = 1;
            own[2 * d + 1] = size;
            spread[2 * d] = times;
            spread[2 * d + 1] = size;
            result[d] = times * size;
        }
        return t.clone(reshape(t, expand(t, reshape(t, self, own), spread), result));
    }

    static TensorHandle stack(Aten t, TensorHandle[] tensors, long dim) {
        if (tensors.length == 0) {
            throw new IllegalArgumentException("there must be a tensor to stack");
        }
        int at = dim(dim, t.rank(tensors[0]) + 1);
        for (TensorHandle tensor : tensors) {
            if (!Arrays.equals(t.sizes(tensor), t.sizes(tensors[0]))) {
                throw new IllegalArgumentException("tensors to stack must have the same sizes, found "
                        + t.describe(tensors[0]) + " and " + t.describe(tensor));
            }
        }
        Object[] raised =
                Arrays.stream(tensors).map(tensor -> unsqueeze(t, tensor, at)).toArray();
        return t.op("cat", raised, (long) at);
    }

    /** The function is exported by every libtorch. */
    private static TensorHandle cat(Aten t, Arguments a) {
        return t.function("cat", a.value("tensors"), a.integer("dim"));
    }

    private static TensorHandle[] meshgrid(Aten t, TensorHandle[] tensors, boolean swapped) {
        int rank = tensors.length;
        long[] sizes = new long[rank];
        for (int i = 0; i < rank; i++) {
            sizes[i] = t.count(tensors[i]);
        }
        TensorHandle[] grids = new TensorHandle[rank];
        for (int i = 0; i < rank; i++) {
            long[] line = new long[rank];
            Arrays.fill(line, 1);
            line[i] = sizes[i];
            grids[i] = expand(t, reshape(t, tensors[i], line), sizes);
            if (swapped && rank > 1) {
                grids[i] = t.op("transpose.int", grids[i], 0L, 1L);
            }
        }
        return grids;
    }

    static TensorHandle slice(Aten t, TensorHandle self, int dim, long start, long length) {
        long[] sizes = t.sizes(self);
        long[] strides = t.strides(self);
        if (start < 0 || length < 0 || start + length > sizes[dim]) {
            throw new IllegalArgumentException(
                    "elements " + start + " to " + (start + length) + " must be within " + sizes[dim]);
        }
        sizes[dim] = length;
        return t.view(self, sizes, strides, start * strides[dim]);
    }

    private static TensorHandle[] parts(Aten t, TensorHandle self, long[] lengths, long given) {
        int at = dim(t, self, given);
        TensorHandle[] parts = new TensorHandle[lengths.length];
        long start = 0;
        for (int i = 0; i < lengths.length; i++) {
            parts[i] = slice(t, self, at, start, lengths[i]);
            start += lengths[i];
        }
        if (start != t.size(self, at)) {
            throw new IllegalArgumentException(
                    "sizes " + Arrays.toString(lengths) + " must add up to " + t.size(self, at));
        }
        return parts;
    }

    private static TensorHandle[] split(Aten t, TensorHandle self, long each, long dim) {
        long size = t.size(self, dim(t, self, dim));
        if (each < 1) {
            throw new IllegalArgumentException("split_size must be positive, found " + each);
        }
        int count = (int) Math.max(1, (size + each - 1) / each);
        long[] lengths = new long[count];
        Arrays.fill(lengths, each);
        lengths[count - 1] = size - (count - 1) * each;
        return parts(t, self, lengths, dim);
    }

    private static TensorHandle[] chunk(Aten t, TensorHandle self, long chunks, long dim) {
        long size = t.size(self, dim(t, self, dim));
        if (chunks < 1) {
            throw new IllegalArgumentException("chunks must be positive, found " + chunks);
        }
        long each = (size + chunks - 1) / chunks;
        return each == 0 ? parts(t, self, new long[(int) chunks], dim) : split(t, self, each, dim);
    }

    private static TensorHandle[] sections(Aten t, Arguments a) {
        TensorHandle self = a.tensor("self");
        long size = t.size(self, dim(t, self, a.integer("dim")));
        int count = (int) a.integer("sections");
        long[] lengths = new long[count];
        for (int i = 0; i < count; i++) {
            lengths[i] = size / count + (i < size % count ? 1 : 0);
        }
        return parts(t, self, lengths, a.integer("dim"));
    }

    private static TensorHandle[] unbind(Aten t, TensorHandle self, long dim) {
        int at = dim(t, self, dim);
        long size = t.size(self, at);
        TensorHandle[] parts = new TensorHandle[(int) size];
        for (int i = 0; i < size; i++) {
            parts[i] = squeeze(t, slice(t, self, at, i, 1), at);
        }
        return parts;
    }
}
