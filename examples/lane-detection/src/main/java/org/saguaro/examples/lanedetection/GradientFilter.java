// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.lanedetection;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.layers.DeviceTensor;
import org.saguaro.runtime.core.layers.LayerScope;
import org.saguaro.runtime.core.layers.LayerSession;

/**
 * Blurs a picture and takes its gradient, all by products of two-dimensional Fourier transforms. Pictures and spectra are cut into bands of
 * rows, which are transformed and multiplied beside each other; between both dimensions of a transform everything is transposed. One graph
 * of 81 calls, issued at once; only the two gradients come to the host.
 */
final class GradientFilter {

    private static final int BANDS = 8;
    private static final TensorSpec PICTURE_BAND =
            TensorSpec.of(DType.COMPLEX64, Picture.ROWS / BANDS, Picture.COLUMNS);
    /** Spectra are transposed: rows are horizontal frequencies. */
    private static final TensorSpec SPECTRUM_BAND =
            TensorSpec.of(DType.COMPLEX64, Picture.COLUMNS / BANDS, Picture.ROWS);

    private final List<Tensor> blur = bands(new SeparableFilter(SeparableFilter.BELL, SeparableFilter.BELL));
    private final List<Tensor> across = bands(new SeparableFilter(SeparableFilter.SLOPE, SeparableFilter.TRIANGLE));
    private final List<Tensor> along = bands(new SeparableFilter(SeparableFilter.TRIANGLE, SeparableFilter.SLOPE));

    /** The gradients of a picture that is taken to be repeated on all sides. */
    Gradients of(LayerSession session, float[] grey) throws RequestException, InterruptedException {
        try (LayerScope batch = session.batch()) {
            List<DeviceTensor> spectrum = multiplied(batch, transformed(batch, grey), blur);
            List<DeviceTensor> horizontal = inverse(batch, multiplied(batch, spectrum, across));
            List<DeviceTensor> vertical = inverse(batch, multiplied(batch, spectrum, along));
            batch.flush();
            return new Gradients(realParts(horizontal), realParts(vertical));
        }
    }

    private static List<DeviceTensor> transformed(LayerScope scope, float[] grey) {
        List<DeviceTensor> rows = new ArrayList<>(BANDS);
        int pixels = grey.length / BANDS;
        for (int band = 0; band < BANDS; band++) {
            rows.add(scope.fft(scope.tensor(complex(grey, band * pixels, pixels))));
        }
        return each(turned(scope, rows, SPECTRUM_BAND), scope::fft);
    }

    private static List<DeviceTensor> inverse(LayerScope scope, List<DeviceTensor> spectrum) {
        return each(turned(scope, each(spectrum, scope::ifft), PICTURE_BAND), scope::ifft);
    }

    private static List<DeviceTensor> multiplied(LayerScope scope, List<DeviceTensor> spectrum, List<Tensor> filter) {
        List<DeviceTensor> products = new ArrayList<>(BANDS);
        for (int band = 0; band < BANDS; band++) {
            products.add(scope.multiply(spectrum.get(band), scope.tensor(filter.get(band))));
        }
        return products;
    }

    private static List<DeviceTensor> each(List<DeviceTensor> bands, UnaryOperator<DeviceTensor> call) {
        return bands.stream().map(call).toList();
    }

    /** Transposes what is cut into bands, and cuts it again. */
    private static List<DeviceTensor> turned(LayerScope scope, List<DeviceTensor> bands, TensorSpec band) {
        return scope.operator("aten.split.Tensor")
                .tensor("self", scope.transpose(scope.concat(0, bands), 0, 1))
                .integer("split_size", band.shape().sizes()[0])
                .integer("dim", 0)
                .makes(Collections.nCopies(BANDS, band).toArray(TensorSpec[]::new))
                .call(BANDS);
    }

    private static float[] realParts(List<DeviceTensor> bands) throws RequestException, InterruptedException {
        float[] parts = new float[Picture.ROWS * Picture.COLUMNS];
        int at = 0;
        for (DeviceTensor band : bands) {
            ByteBuffer complex = band.read().bytes();
            for (int i = 0; i < complex.capacity(); i += DType.COMPLEX64.sizeBytes()) {
                parts[at++] = complex.getFloat(i);
            }
        }
        return parts;
    }

    private static Tensor complex(float[] parts, int from, int length) {
        ByteBuffer bytes = elements(length);
        for (int i = 0; i < length; i++) {
            bytes.putFloat(i * DType.COMPLEX64.sizeBytes(), parts[from + i]);
        }
        return Tensor.dense(DType.COMPLEX64, PICTURE_BAND.shape().sizes(), bytes);
    }

    private static List<Tensor> bands(SeparableFilter filter) {
        int rows = Picture.COLUMNS / BANDS;
        List<Tensor> bands = new ArrayList<>(BANDS);
        for (int band = 0; band < BANDS; band++) {
            ByteBuffer bytes = elements(rows * Picture.ROWS);
            for (int row = band * rows; row < (band + 1) * rows; row++) {
                for (int column = 0; column < Picture.ROWS; column++) {
                    filter.put(row, column, bytes);
                }
            }
            bands.add(Tensor.dense(DType.COMPLEX64, SPECTRUM_BAND.shape().sizes(), bytes.flip()));
        }
        return bands;
    }

    private static ByteBuffer elements(int count) {
        return ByteBuffer.allocate(count * DType.COMPLEX64.sizeBytes()).order(ByteOrder.LITTLE_ENDIAN);
    }
}
