// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.wifitx;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.saguaro.runtime.core.layers.LayerApplication.Outcome;

/** Checks what was sent in two ways: a receiver gets every payload back, and the waveform is that of the reference. */
final class Inspection {

    private final byte[][] payloads;
    private final short[][] waveforms;

    /**
     * An inspection of frames that should carry these payloads.
     *
     * @param waveforms frames as {@link Recordings#waveforms}
     */
    Inspection(byte[][] payloads, short[][] waveforms) {
        this.payloads = payloads;
        this.waveforms = waveforms;
    }

    /** Rounding of the reference to whole steps, and of transforms in float32. */
    private static final double TOLERATED_STEPS = 0.6;

    Outcome of(List<float[]> sent) {
        int decoded = 0;
        double error = 0;
        for (int frame = 0; frame < payloads.length; frame++) {
            byte[] payload = payloads[frame];
            if (Receiver.receive(sent.get(frame))
                    .filter(found -> Arrays.equals(found, payload))
                    .isPresent()) {
                decoded++;
            }
            error = Math.max(error, errorSteps(sent.get(frame), waveforms[frame]));
        }
        // A result that is no number is not right either.
        boolean right = decoded == payloads.length && error <= TOLERATED_STEPS;
        return new Outcome(
                String.format(
                        Locale.ROOT,
                        "%d of %d frames decoded, waveform within %.2g of the reference",
                        decoded,
                        payloads.length,
                        error / Recordings.STEPS_PER_UNIT),
                String.format(
                        Locale.ROOT,
                        "%d of %d frames decoded, within %.2g",
                        payloads.length,
                        payloads.length,
                        TOLERATED_STEPS / Recordings.STEPS_PER_UNIT),
                right);
    }

    private static double errorSteps(float[] sent, short[] expected) {
        double worst = 0;
        for (int i = 0; i < expected.length; i++) {
            worst = Math.max(worst, Math.abs((double) sent[i] * Recordings.STEPS_PER_UNIT - expected[i]));
        }
        return worst;
    }
}
