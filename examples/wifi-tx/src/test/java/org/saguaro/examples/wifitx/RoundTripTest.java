// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.wifitx;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.saguaro.runtime.core.layers.LayerApplication.Outcome;

/** The receiver on waveforms of the reference, which is no code of ours: clean, with noise, and with too much of it. */
final class RoundTripTest {

    private final Recordings recordings = new Recordings();

    @Test
    void decodesTheReference() {
        for (int sample = 0; sample < Recordings.SAMPLES; sample++) {
            assertThat(inspection(sample).of(waveforms(sample)).right())
                    .as("sample %d", sample)
                    .isTrue();
        }
    }

    /** At 5 dB some sixty of a frame's 2,160 coded bits arrive wrong; the code corrects them. */
    @Test
    void decodesThroughNoise() {
        Random random = new Random(11);
        int wrongBits = 0;
        for (int frame = 0; frame < FrameFormat.FRAMES; frame++) {
            float[] noisy = noisy(waveforms(0).get(frame), 5, random);
            wrongBits += wrongSigns(noisy, waveforms(0).get(frame));

            assertThat(Receiver.receive(noisy))
                    .as("frame %d", frame)
                    .contains(recordings.payloads(0)[frame]);
        }
        assertThat(wrongBits).as("bits that the code had to correct").isBetween(400, 1000);
    }

    @Test
    void refusesWhatNoiseDestroyed() {
        float[] destroyed = noisy(waveforms(0).get(0), -10, new Random(12));

        assertThat(Receiver.receive(destroyed)).isEmpty();
    }

    @Test
    void tellsAnotherPayloadFromTheRightOne() {
        List<float[]> frames = waveforms(0);
        frames.set(4, frames.get(5));

        Outcome outcome = inspection(0).of(frames);

        assertThat(outcome.right()).isFalse();
        assertThat(outcome.answer()).startsWith("9 of 10 frames decoded");
    }

    @Test
    void tellsAWrongWaveformThatIsStillDecoded() {
        List<float[]> frames = waveforms(1);
        frames.get(9)[100] += 0.01f;

        Outcome outcome = inspection(1).of(frames);

        assertThat(outcome.right()).isFalse();
        assertThat(outcome.answer()).isEqualTo("10 of 10 frames decoded, waveform within 0.010 of the reference");
    }

    @Test
    void takesWhatIsNoNumberForWrong() {
        List<float[]> frames = waveforms(1);
        frames.get(0)[0] = Float.NaN;

        assertThat(inspection(1).of(frames).right()).isFalse();
    }

    private Inspection inspection(int sample) {
        return new Inspection(recordings.payloads(sample), recordings.waveforms(sample));
    }

    private List<float[]> waveforms(int sample) {
        List<float[]> frames = new ArrayList<>();
        for (short[] steps : recordings.waveforms(sample)) {
            float[] frame = new float[steps.length];
            for (int i = 0; i < frame.length; i++) {
                frame[i] = (float) (steps[i] / Recordings.STEPS_PER_UNIT);
            }
            frames.add(frame);
        }
        return frames;
    }

    /** @param decibels power of the signal, which is 1, over that of the noise */
    private static float[] noisy(float[] waveform, double decibels, Random random) {
        double deviation = Math.sqrt(Math.pow(10, -decibels / 10) / 2);
        float[] noisy = waveform.clone();
        for (int i = 0; i < noisy.length; i++) {
            noisy[i] += (float) (deviation * random.nextGaussian());
        }
        return noisy;
    }

    private static int wrongSigns(float[] noisy, float[] clean) {
        int wrong = 0;
        for (int symbol = 0; symbol < FrameFormat.SYMBOLS; symbol++) {
            float[] found = demapped(noisy, symbol);
            float[] expected = demapped(clean, symbol);
            for (int i = 0; i < found.length; i++) {
                wrong += found[i] > 0 == expected[i] > 0 ? 0 : 1;
            }
        }
        return wrong;
    }

    private static float[] demapped(float[] waveform, int symbol) {
        float[] spectrum = new float[2 * FrameFormat.POINTS];
        int from = 2 * (symbol * FrameFormat.SYMBOL_SAMPLES + FrameFormat.PREFIX);
        System.arraycopy(waveform, from, spectrum, 0, spectrum.length);
        FourierTransform.forward(spectrum);
        float[] bits = new float[FrameFormat.CODED_BITS_PER_SYMBOL];
        CarrierMap.demap(spectrum, bits, 0);
        return bits;
    }
}
