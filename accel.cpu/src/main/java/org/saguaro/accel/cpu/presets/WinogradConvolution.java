// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.util.List;
import java.util.Objects;
import java.util.function.IntFunction;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * A 3x3 convolution by Winograd's minimal filtering: fewer products than the definition has, so it is the one variant that a
 * core's peak does not bound. The transforms are additions over whole images in channels-last order, into the kernel's work
 * space; between them stands one matrix product for each point. Fixed sizes only.
 */
final class WinogradConvolution implements Variant {

    /** Below, the transforms cost more than the products save. */
    private static final long MIN_CHANNELS = 32;
    /** Below, the products are bound by reading the weights, of which there are several times more than of the raw ones. */
    private static final long MIN_TILES = 32;

    private final WinogradTransform transform;
    private final boolean prepacked;

    /**
     * @param transform the tile
     * @param prepacked whether the products are oneDNN's with prepacked weights, better for few tiles, or one batched product
     */
    WinogradConvolution(WinogradTransform transform, boolean prepacked) {
        this.transform = transform;
        this.prepacked = prepacked;
    }

    @Override
    public String name() {
        return "winograd" + transform.outputs() + (prepacked ? "-prepacked" : "");
    }

    @Override
    public boolean appliesTo(FusedLayer layer, Context context) {
        FusedLayer.Geometry geometry = layer.geometry();
        long[] weight = layer.weight().sizes();
        return layer.kind() == FusedLayer.Kind.CONV2D
                && geometry != null
                && context.inputSizes() != null
                && weight[2] == 3
                && weight[3] == 3
                && weight[0] >= MIN_CHANNELS
                && weight[1] >= MIN_CHANNELS
                && geometry.groups() == 1
                && geometry.stride().equals(List.of(1L, 1L))
                && geometry.dilation().equals(List.of(1L, 1L))
                && tiles(context.inputSizes(), geometry) >= MIN_TILES;
    }

    private long tiles(List<Long> sizes, FusedLayer.Geometry geometry) {
        return sizes.get(0)
                * tilesAlong(sizes.get(2), geometry.padding().get(0))
                * tilesAlong(sizes.get(3), geometry.padding().get(1));
    }

    private long tilesAlong(long size, long padding) {
        return (size + 2 * padding - 2 + transform.outputs() - 1) / transform.outputs();
    }

    @Override
    public void emit(FusedLayer layer, FoldedWeights weights, Context context, Emission emission) {
        new Writer(layer, weights, context, emission).write();
    }

    private final class Writer {
        private final long points = transform.points();
        private final long outputs = transform.outputs();
        private final FusedLayer layer;
        private final FoldedWeights weights;
        private final Context context;
        private final Emission emission;
        private final long batch;
        private final long channels;
        private final long height;
        private final long width;
        private final long results;
        private final long topPadding;
        private final long leftPadding;
        private final long outHeight;
        private final long outWidth;
        private final long tileRows;
        private final long tileColumns;
        private final long tiles;
        private @Nullable Tensor transformedWeight;

        Writer(FusedLayer layer, FoldedWeights weights, Context context, Emission emission) {
            this.layer = layer;
            this.weights = weights;
            this.context = context;
            this.emission = emission;
            List<Long> sizes = Objects.requireNonNull(context.inputSizes());
            FusedLayer.Geometry geometry = Objects.requireNonNull(layer.geometry());
            batch = sizes.get(0);
            channels = sizes.get(1);
            height = sizes.get(2);
            width = sizes.get(3);
            results = layer.weight().sizes()[0];
            topPadding = geometry.padding().get(0);
            leftPadding = geometry.padding().get(1);
            outHeight = height + 2 * topPadding - 2;
            outWidth = width + 2 * leftPadding - 2;
            tileRows = tilesAlong(height, topPadding);
            tileColumns = tilesAlong(width, leftPadding);
            tiles = batch * tileRows * tileColumns;
        }

        void write() {
            Temporaries.freed(() -> {
                long paddedHeight = outputs * tileRows + 2;
                long paddedWidth = outputs * tileColumns + 2;
                long rowsCount = points * batch * tileRows * paddedWidth * channels;
                long transformedCount = points * points * tiles * channels;
                long backCount = outputs * (points + outputs) * tiles * results;
                long shared = Math.max(transformedCount, backCount);
                long productCount = points * points * tiles * results;
                Tensor space = context.workspace().floats(rowsCount + shared + productCount);

                Tensor image = emission.owner().own(torch.zeros(batch, paddedHeight, paddedWidth, channels));
                Tensor rows = part(space, 0, points, batch, tileRows, paddedWidth, channels);
                Tensor transformed = part(space, rowsCount, points, points, batch, tileRows, tileColumns, channels);
                Tensor products = part(space, rowsCount + shared, points, points, tiles, results);

                writeInputTransform(image, rows, transformed);
                writeProducts(
                        transformed.view(points * points, tiles, channels),
                        products.view(points * points, tiles, results));
                writeEnd(writeOutputTransform(space, rowsCount, products));
            });
        }

        /** To {@code transformed[column point][row point]}. */
        private void writeInputTransform(Tensor image, Tensor rows, Tensor transformed) {
            int reordered = emission.registers().temporary();
            emission.call(layer.label(), "aten.permute.default")
                    .operand(context.values().apply(layer.input()))
                    .ints(List.of(0L, 2L, 3L, 1L))
                    .into(reordered);
            emission.call(layer.label(), "aten.copy_.default")
                    .constant(boxed(image.narrow(1, topPadding, height).narrow(2, leftPadding, width)))
                    .register(reordered)
                    .flag(false)
                    .into(-1);
            write(transform.forward(), i -> strided(image, 1, i, tileRows), i -> rows.select(0, i));
            write(transform.forward(), i -> strided(rows, 3, i, tileColumns), i -> transformed.select(0, i));
        }

        private void writeProducts(Tensor transformed, Tensor products) {
            if (prepacked) {
                for (long k = 0; k < points * points; k++) {
                    int product = emission.registers().temporary();
                    emission.call(layer.label(), "mkldnn._linear_pointwise.default")
                            .constant(boxed(transformed.select(0, k)))
                            .constant(prepackedWeight(k))
                            .none()
                            .text("none")
                            .numbers(List.of())
                            .text(null)
                            .into(product);
                    emission.call(layer.label(), "aten.copy_.default")
                            .constant(boxed(products.select(0, k)))
                            .register(product)
                            .flag(false)
                            .into(-1);
                }
            } else {
                emission.call(layer.label(), "aten.bmm.out")
                        .constant(boxed(transformed))
                        .constant(batchedWeight())
                        .constant(boxed(products))
                        .into(-1);
            }
            if (weights.hasBias()) {
                // The product at point (1, 1) goes into every result with factor 1: a bias added there reaches each.
                emission.call(layer.label(), "aten.add_.Tensor")
                        .constant(boxed(products.select(0, points + 1)))
                        .constant(PackedBias.of(weights, context, emission))
                        .integer(1)
                        .into(-1);
            }
        }

        /** From {@code products[column point][row point]} to the image, columns first. */
        private Tensor writeOutputTransform(Tensor space, long offset, Tensor products) {
            Tensor columns = part(space, offset, outputs, points, tiles, results);
            Tensor output = part(
                    space,
                    offset + outputs * points * tiles * results,
                    batch,
                    tileRows,
                    outputs,
                    tileColumns,
                    outputs,
                    results);
            write(transform.back(), i -> products.select(0, i), i -> columns.select(0, i));
            write(
                    transform.back(),
                    i -> columns.select(1, i).view(outputs, batch, tileRows, tileColumns, results),
                    // Row i of each tile, with the column within the tile first.
                    i -> output.select(2, i).permute(3, 0, 1, 2, 4));
            return output;
        }

        private void write(List<WinogradTransform.Step> steps, IntFunction<Tensor> source, IntFunction<Tensor> target) {
            for (WinogradTransform.Step step : steps) {
                emission.call(layer.label(), "aten.add.out")
                        .constant(boxed(step.a() < 0 ? target.apply(~step.a()) : source.apply(step.a())))
                        .constant(boxed(step.b() < 0 ? target.apply(~step.b()) : source.apply(step.b())))
                        .integer(step.factor())
                        .constant(boxed(target.apply(step.out())))
                        .into(-1);
            }
        }

        /** The work space is used again by the next layer, so the last step writes new memory. */
        private void writeEnd(Tensor output) {
            Tensor image = output.view(batch, outputs * tileRows, outputs * tileColumns, results)
                    .narrow(1, 0, outHeight)
                    .narrow(2, 0, outWidth)
                    .permute(0, 3, 1, 2);
            int result = emission.registers().of(layer.result());
            Activation activation = layer.activation();
            if (layer.hasResidual()) {
                int sum = activation == null ? result : emission.registers().temporary();
                emission.call(layer.label(), "aten.add.Tensor")
                        .constant(boxed(image))
                        .operand(context.values().apply(layer.residual()))
                        .integer(1)
                        .into(sum);
                if (activation != null) {
                    Variant.emitEpilogue(layer, false, true, sum, context, emission);
                }
            } else if (activation != null) {
                Variant.emitActivation(
                        activation.layer(), new Operand.Constant(boxed(image)), result, context, emission);
            } else {
                emission.call(layer.label(), "aten.clone.default")
                        .constant(boxed(image))
                        .none()
                        .into(result);
            }
        }

        private IValue batchedWeight() {
            return emission.owner()
                    .adopt(context.packed().acquire(name() + " " + weights.recipe(), weights.sources(), () -> {
                        try (Tensor all = transformed()) {
                            return new IValue(all);
                        }
                    }))
                    .value();
        }

        private IValue prepackedWeight(long point) {
            return emission.owner()
                    .adopt(context.packed()
                            .acquire(
                                    name() + " " + point + " " + tiles + " " + weights.recipe(),
                                    weights.sources(),
                                    () -> Emission.evaluate(
                                            context.operators(), "mkldnn._reorder_linear_weight.default", call -> {
                                                if (transformedWeight == null) {
                                                    transformedWeight =
                                                            emission.owner().adopt(transformed());
                                                }
                                                try (Tensor matrix = transformedWeight.select(0, point);
                                                        Tensor turned = matrix.t();
                                                        Tensor dense = turned.contiguous();
                                                        IValue boxed = new IValue(dense)) {
                                                    call.constant(call.copied(boxed))
                                                            .integer(tiles);
                                                }
                                            })))
                    .value();
        }

        /** {@code G g G^T} for every pair of channels: [column point, row point][input channel, output channel]. */
        private Tensor transformed() {
            return Temporaries.freed(() -> {
                double[] both = bothDimensions();
                Tensor matrix;
                try (DoublePointer pointer = new DoublePointer(both)) {
                    matrix = torch.from_blob(
                                    pointer,
                                    new long[] {points * points, 9},
                                    new TensorOptions(torch.ScalarType.Double))
                            .clone();
                }
                return weights.weight()
                        .reshape(results * channels, 9)
                        .mm(matrix.toType(torch.ScalarType.Float).t())
                        .view(results, channels, points * points)
                        .permute(2, 1, 0)
                        .contiguous();
            });
        }

        /** The Kronecker product of G with itself: one row for each point, one column for each of the nine taps. */
        private double[] bothDimensions() {
            List<List<Double>> g = transform.kernel();
            double[] both = new double[g.size() * g.size() * 9];
            int next = 0;
            for (List<Double> column : g) {
                for (List<Double> row : g) {
                    for (int tap = 0; tap < 9; tap++) {
                        both[next++] = row.get(tap / 3) * column.get(tap % 3);
                    }
                }
            }
            return both;
        }

        private IValue boxed(Tensor tensor) {
            return emission.owner().own(new IValue(tensor));
        }

        private static Tensor part(Tensor space, long offset, long... sizes) {
            long count = 1;
            for (long size : sizes) {
                count *= size;
            }
            return space.narrow(0, offset, count).view(sizes);
        }

        /** Pixel {@code start} of every tile along a dimension. */
        private Tensor strided(Tensor tensor, long dim, long start, long count) {
            return tensor.slice(
                    dim, new LongOptional(start), new LongOptional(start + outputs * (count - 1) + 1), outputs);
        }
    }
}
