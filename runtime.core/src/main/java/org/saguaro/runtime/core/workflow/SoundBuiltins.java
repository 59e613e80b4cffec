// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.workflow;

import static org.saguaro.runtime.core.workflow.StageLayers.flag;
import static org.saguaro.runtime.core.workflow.StageLayers.integer;
import static org.saguaro.runtime.core.workflow.StageLayers.none;
import static org.saguaro.runtime.core.workflow.StageLayers.real;
import static org.saguaro.runtime.core.workflow.StageLayers.tensor;
import static org.saguaro.runtime.core.workflow.StageLayers.text;
import static org.saguaro.runtime.core.workflow.StageLayers.viewed;

import java.util.ArrayList;
import java.util.List;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Dim;
import org.saguaro.model.api.Shape;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.runtime.core.workflow.Description.Parameters;

/** Steps on sound: short-time Fourier transforms and what is made of them. */
final class SoundBuiltins {

    private static final int MAX_POINTS = 1 << 16;

    private SoundBuiltins() {}

    static List<Builtin> all() {
        List<Parameter> transform = List.of(
                new Parameter(
                        "points",
                        Parameter.Kind.INTEGER,
                        "samples of a frame",
                        null,
                        false,
                        2,
                        MAX_POINTS,
                        List.of(),
                        ""),
                new Parameter(
                        "hop",
                        Parameter.Kind.INTEGER,
                        "samples from one frame to the next",
                        null,
                        false,
                        1,
                        MAX_POINTS,
                        List.of(),
                        ""),
                Parameter.choice(
                        "window",
                        "what a frame is multiplied by (Hann's is periodic)",
                        "hann",
                        List.of("hann", "none")),
                Parameter.flag(
                        "centre", "frames are centred on their sample, the ends reflected, as torch.stft does", true));
        List<Parameter> spectrogram = new ArrayList<>(transform);
        spectrogram.add(Parameter.number("power", "1: magnitude, 2: power", 2.0, 0.1, 4));
        List<Parameter> logMel = new ArrayList<>(transform);
        logMel.add(Parameter.integer("sampleRate", "samples per second", null, 1, 1 << 24));
        logMel.add(Parameter.integer("mels", "bands", null, 1, 1024));
        logMel.add(Parameter.number("lowHz", "where the lowest band begins", 0.0, 0, 1 << 24));
        logMel.add(Parameter.number(
                        "highHz", "where the highest band ends; default: half the sample rate", null, 1, 1 << 24)
                .asOptional());
        logMel.add(Parameter.number("floor", "least energy before the logarithm", 1e-6, 1e-30, 1));
        return List.of(
                new Builtin(
                        "stft",
                        "[T] or [N, T] float32 -> [.., points/2 + 1, frames, 2]: real and imaginary parts",
                        1,
                        1,
                        transform,
                        List.of("output"),
                        (layers, inputs, parameters) -> {
                            TensorSpec complex = transform(inputs.get(0), parameters);
                            List<Dim> dims = new ArrayList<>(complex.shape().dims());
                            dims.add(new Dim.Fixed(2));
                            return List.of(layers.layer(
                                    "aten.view_as_real.default",
                                    new TensorSpec(DType.FLOAT32, new Shape(dims)),
                                    viewed("self", stft(layers, inputs.get(0), parameters))));
                        }),
                new Builtin(
                        "spectrogram",
                        "[T] or [N, T] float32 -> [.., points/2 + 1, frames]: |STFT| to a power",
                        1,
                        1,
                        spectrogram,
                        List.of("output"),
                        (layers, inputs, parameters) ->
                                List.of(energies(layers, inputs.get(0), parameters, parameters.number("power")))),
                new Builtin(
                        "log-mel",
                        "[T] or [N, T] float32 -> [.., mels, frames]: natural logarithm of the power in bands evenly spaced on the mel"
                                + " scale (HTK, as torchaudio's MelSpectrogram)",
                        1,
                        1,
                        logMel,
                        List.of("output"),
                        SoundBuiltins::logMel));
    }

    /** Type of the complex transform. */
    private static TensorSpec transform(Operand x, Parameters parameters) throws StageException {
        x.requireRank(1, 2, "[T] or [N, T]");
        if (x.dtype() != DType.FLOAT32) {
            throw x.wrong("float32 (use scale or cast before)");
        }
        long points = parameters.integer("points");
        int last = x.shape().rank() - 1;
        Dim length = x.dim(last);
        // Reflecting takes half a frame from each end.
        long least = parameters.flag("centre") ? points / 2 + 1 : points;
        if (length instanceof Dim.Fixed fixed && fixed.size() < least) {
            throw x.wrong("at least " + least + " samples for " + points + " points");
        }
        long overhang = parameters.flag("centre") ? 2 * (points / 2) - points : -points;
        List<Dim> dims = new ArrayList<>(x.shape().dims());
        dims.set(last, new Dim.Fixed(points / 2 + 1));
        dims.add(Sizes.plus(Sizes.dividedBy(Sizes.plus(length, overhang), parameters.integer("hop")), 1));
        return new TensorSpec(DType.COMPLEX64, new Shape(dims));
    }

    private static int stft(StageLayers layers, Operand x, Parameters parameters) throws StageException {
        TensorSpec type = transform(x, parameters);
        long points = parameters.integer("points");
        boolean windowed = parameters.text("window").equals("hann");
        return layers.layer(
                "aten.stft.center",
                type,
                tensor("self", x.value()),
                integer("n_fft", points),
                integer("hop_length", parameters.integer("hop")),
                integer("win_length", points),
                windowed ? tensor("window", layers.constant("window", hann((int) points))) : none("window"),
                flag("center", parameters.flag("centre")),
                text("pad_mode", "reflect"),
                flag("normalized", false),
                flag("onesided", true),
                flag("return_complex", true),
                none("align_to_window"));
    }

    private static Tensor hann(int points) {
        float[] window = new float[points];
        for (int i = 0; i < points; i++) {
            window[i] = (float) (0.5 - 0.5 * Math.cos(2 * Math.PI * i / points));
        }
        return Tensor.of(window, points);
    }

    private static int energies(StageLayers layers, Operand x, Parameters parameters, double power)
            throws StageException {
        TensorSpec type = new TensorSpec(DType.FLOAT32, transform(x, parameters).shape());
        int magnitude = layers.layer("aten.abs.default", type, tensor("self", stft(layers, x, parameters)));
        return power == 1
                ? magnitude
                : layers.layer("aten.pow.Tensor_Scalar", type, tensor("self", magnitude), real("exponent", power));
    }

    private static List<Integer> logMel(StageLayers layers, List<Operand> inputs, Parameters parameters)
            throws StageException {
        Operand x = inputs.get(0);
        long rate = parameters.integer("sampleRate");
        double low = parameters.number("lowHz");
        double high = parameters.has("highHz") ? parameters.number("highHz") : rate / 2.0;
        if (low >= high) {
            throw parameters.wrong("lowHz", "found " + low + ", expected less than highHz, " + high);
        }
        int bands = (int) parameters.integer("mels");
        int bins = (int) parameters.integer("points") / 2 + 1;
        int power = energies(layers, x, parameters, 2);
        List<Dim> dims = new ArrayList<>(transform(x, parameters).shape().dims());
        dims.set(dims.size() - 2, new Dim.Fixed(bands));
        TensorSpec type = new TensorSpec(DType.FLOAT32, new Shape(dims));
        int filters = layers.constant("filters", filters(bands, bins, (double) rate, low, high));
        int mel = layers.layer("aten.matmul.default", type, tensor("self", filters), tensor("other", power));
        int floored = layers.layer(
                "aten.clamp_min.default", type, tensor("self", mel), real("min", parameters.number("floor")));
        return List.of(layers.layer("aten.log.default", type, tensor("self", floored)));
    }

    /** Triangles on the mel scale, [bands, bins]. */
    private static Tensor filters(int bands, int bins, double rate, double low, double high) {
        double lowMel = mel(low);
        double step = (mel(high) - lowMel) / (bands + 1);
        float[] weights = new float[bands * bins];
        for (int band = 0; band < bands; band++) {
            double left = hertz(lowMel + band * step);
            double middle = hertz(lowMel + (band + 1) * step);
            double right = hertz(lowMel + (band + 2) * step);
            for (int bin = 0; bin < bins; bin++) {
                double frequency = rate / 2 * bin / (bins - 1);
                double rising = (frequency - left) / (middle - left);
                double falling = (right - frequency) / (right - middle);
                weights[band * bins + bin] = (float) Math.max(0, Math.min(rising, falling));
            }
        }
        return Tensor.of(weights, bands, bins);
    }

    private static double mel(double hertz) {
        return 2595 * Math.log10(1 + hertz / 700);
    }

    private static double hertz(double mel) {
        return 700 * (Math.pow(10, mel / 2595) - 1);
    }
}
