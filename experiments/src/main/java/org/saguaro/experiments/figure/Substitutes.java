// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.figure;

import java.util.ArrayList;
import java.util.List;
import org.saguaro.runtime.core.simulation.ApplicationProfile;

/**
 * The applications of the published experiments. The structure of the signal-processing ones was published. The networks' was not: ours are
 * substitutes, made as CEDR's API makes one write them. A convolution layer computes its output channels one after the other; a channel is a
 * fan of single-plane calls, one per input channel, whose sum is taken on the CPU while the next channel's calls run, and then normalised by a
 * ZIP call. What is no convolution (pre-processing, dense layers, post-processing) is code on one core.
 */
final class Substitutes {

    /** Names as they stand in figures. */
    static final String OBJECT_DETECTION = "object detection";

    static final String VGG = "VGG";
    static final String SPEECH = "speech classification";
    static final String WIFI_TX = "WiFi-TX";
    static final String PULSE_DOPPLER = "Pulse Doppler";

    private static final int BITS_PER_FLOAT = 32;
    private static final int BITS_PER_COMPLEX = 64;

    private Substitutes() {}

    /**
     * A convolution layer.
     *
     * @param side of its square planes
     */
    record Layer(int side, int inputs, int outputs) {}

    /** A network for 320 by 320 pixels, with a dense head. */
    static ApplicationProfile objectDetection() {
        CallGraph graph = new CallGraph(OBJECT_DETECTION);
        int ready = graph.code("letterbox", 320 * 320 * 3 * 100, List.of());
        ready = layers(
                graph,
                ready,
                List.of(
                        new Layer(160, 3, 16),
                        new Layer(160, 16, 32),
                        new Layer(160, 32, 40),
                        new Layer(80, 40, 64),
                        new Layer(80, 64, 104),
                        new Layer(40, 104, 128),
                        new Layer(40, 128, 144)));
        int hidden = graph.code("dense.hidden", 2.0 * 20 * 20 * 144 * 4096, List.of(ready));
        int boxes = graph.code("dense.boxes", 2.0 * 4096 * 1470, List.of(hidden));
        graph.code("suppression", 98 * 98 * 20 * 20, List.of(boxes));
        return graph.profile(3L * 320 * 320 * BITS_PER_FLOAT);
    }

    /** A narrow VGG for 64 by 64 pixels. */
    static ApplicationProfile vgg() {
        CallGraph graph = new CallGraph(VGG);
        int ready = graph.code("normalise", 64 * 64 * 3 * 10, List.of());
        ready = layers(
                graph,
                ready,
                List.of(
                        new Layer(64, 3, 16),
                        new Layer(64, 16, 16),
                        new Layer(32, 16, 32),
                        new Layer(32, 32, 32),
                        new Layer(16, 32, 64),
                        new Layer(16, 64, 64)));
        int hidden = graph.code("dense.hidden", 2.0 * 8 * 8 * 64 * 512, List.of(ready));
        graph.code("dense.classes", 2.0 * 512 * 10, List.of(hidden));
        return graph.profile(3L * 64 * 64 * BITS_PER_FLOAT);
    }

    /** A second of sound: 64 short Fourier transforms, then a small network on the spectrogram. */
    static ApplicationProfile speech() {
        CallGraph graph = new CallGraph(SPEECH);
        List<Integer> spectrum = new ArrayList<>();
        int framed = graph.code("frames", 16_000 * 4, List.of());
        for (int frame = 0; frame < 64; frame++) {
            spectrum.add(graph.fft("stft." + frame, 512, List.of(framed)));
        }
        int ready = graph.code("mel", 2.0 * 64 * 257 * 64, spectrum);
        ready = layers(graph, ready, List.of(new Layer(64, 1, 16), new Layer(32, 16, 32), new Layer(16, 32, 32)));
        graph.code("dense", 2.0 * 8 * 8 * 32 * 12, List.of(ready));
        return graph.profile(16_000L * BITS_PER_FLOAT);
    }

    /** Ten frames; each is coded on the CPU and then goes through ten concurrent inverse transforms. */
    static ApplicationProfile wifiTx() {
        int bitsPerSymbol = 48;
        CallGraph graph = new CallGraph(WIFI_TX);
        int ready = graph.barrier("begin", List.of());
        for (int frame = 0; frame < 10; frame++) {
            String place = "frame" + frame + ".";
            double bits = 10.0 * bitsPerSymbol;
            for (String step : List.of("scrambler", "encoder", "interleaver", "qpsk", "pilots")) {
                ready = graph.code(place + step, 20 * bits, List.of(ready));
            }
            List<Integer> symbols = new ArrayList<>();
            for (int symbol = 0; symbol < 10; symbol++) {
                symbols.add(graph.inverseFft(place + "ifft" + symbol, 128, List.of(ready)));
            }
            ready = graph.code(place + "prefix", 10 * 160, symbols);
        }
        return graph.profile(10L * 10 * bitsPerSymbol);
    }

    /** 128 pulses: two transforms, their product, its inverse transform; then 128 transforms over the pulses. */
    static ApplicationProfile pulseDoppler() {
        CallGraph graph = new CallGraph(PULSE_DOPPLER);
        List<Integer> pulses = new ArrayList<>();
        for (int pulse = 0; pulse < 128; pulse++) {
            String place = "pulse" + pulse + ".";
            int received = graph.fft(place + "received", 128, List.of());
            int reference = graph.fft(place + "reference", 128, List.of());
            int product = graph.zip(place + "product", 128, List.of(received, reference));
            pulses.add(graph.inverseFft(place + "compressed", 128, List.of(product)));
        }
        int turned = graph.code("transpose", 128 * 128 * 4, pulses);
        List<Integer> bins = new ArrayList<>();
        for (int bin = 0; bin < 128; bin++) {
            bins.add(graph.fft("doppler" + bin, 128, List.of(turned)));
        }
        graph.code("peak", 128 * 128 * 4, bins);
        return graph.profile(128L * 128 * BITS_PER_COMPLEX);
    }

    private static int layers(CallGraph graph, int ready, List<Layer> layers) {
        int last = ready;
        for (int i = 0; i < layers.size(); i++) {
            last = layer(graph, "conv" + i, last, layers.get(i));
        }
        return last;
    }

    private static int layer(CallGraph graph, String name, int before, Layer layer) {
        int pixels = layer.side() * layer.side();
        int ready = before;
        List<Integer> channels = new ArrayList<>();
        for (int output = 0; output < layer.outputs(); output++) {
            List<Integer> fan = new ArrayList<>();
            for (int input = 0; input < layer.inputs(); input++) {
                fan.add(graph.convolution(name, layer.side(), List.of(ready)));
            }
            ready = graph.barrier(name, fan);
            int sum = graph.code(name + ".sum", (double) layer.inputs() * pixels, List.of(ready));
            // A plane of floats is half as many complex numbers.
            channels.add(graph.zip(name + ".normalise", pixels / 2, List.of(sum)));
        }
        return graph.barrier(name, channels);
    }
}
