// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.cabi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Fourier transforms with a norm, and over several dimensions: one after the other. */
final class SpectrumRecipes {

    private SpectrumRecipes() {}

    static void collect(Recipes.Book book) {
        for (String op : List.of("fft_fft", "fft_rfft", "fft_ifft", "fft_irfft")) {
            book.add(
                    op,
                    (t, a) ->
                            transform(t, op, a.tensor("self"), a.maybeInteger("n"), a.integer("dim"), a.text("norm")));
        }
        for (String op : List.of("fft_fft2", "fft_fftn")) {
            book.add(op, (t, a) -> several(t, a, "fft_fft", "fft_fft", false));
        }
        for (String op : List.of("fft_ifft2", "fft_ifftn")) {
            book.add(op, (t, a) -> several(t, a, "fft_ifft", "fft_ifft", false));
        }
        for (String op : List.of("fft_rfft2", "fft_rfftn")) {
            book.add(op, (t, a) -> several(t, a, "fft_fft", "fft_rfft", true));
        }
        for (String op : List.of("fft_irfft2", "fft_irfftn")) {
            book.add(op, (t, a) -> several(t, a, "fft_ifft", "fft_irfft", false));
        }
    }

    /** With libtorch's default norm first, then scaled. */
    private static TensorHandle transform(
            Aten t, String op, TensorHandle self, @Nullable Long n, long dim, String norm) {
        TensorHandle result = t.op(op, self, n, dim, null);
        int at = ViewRecipes.dim(t, self, dim);
        double points = op.equals("fft_irfft") ? t.size(result, at) : n == null ? t.size(self, at) : n;
        boolean inverse = op.contains("_i");
        double has = inverse ? 1 / points : 1;
        double wanted = switch (norm) {
            case "", "backward" -> has;
            case "ortho" -> 1 / Math.sqrt(points);
            case "forward" -> inverse ? 1 : 1 / points;
            default -> throw new IllegalArgumentException("norm must be forward, backward or ortho, found " + norm);
        };
        return wanted == has ? result : ArithmeticRecipes.times(t, result, wanted / has);
    }

    /** @param realFirst whether the last dimension is transformed before the others, because it is real */
    private static TensorHandle several(Aten t, Arguments a, String each, String last, boolean realFirst) {
        TensorHandle result = a.tensor("self");
        long[] sizes = a.maybeLongs("s");
        long[] dims = a.maybeLongs("dim");
        if (dims == null) {
            int rank = sizes == null ? t.rank(result) : sizes.length;
            dims = new long[rank];
            for (int i = 0; i < rank; i++) {
                dims[i] = i - (long) rank;
            }
        }
        int end = dims.length - 1;
        for (int i = 0; i <= end; i++) {
            int at = realFirst ? end - i : i;
            String op = at == end ? last : each;
            Long n = sizes == null || sizes[at] < 0 ? null : (Long) sizes[at];
            result = transform(t, op, result, n, dims[at], a.text("norm"));
        }
        return result;
    }
}
