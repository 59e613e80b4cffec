// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.pulsedoppler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.saguaro.runtime.core.layers.LayerApplication.Outcome;

/** What is found in a map, and that a wrong map is not taken for right. The map itself is computed in the tests inside the framework. */
final class InspectionTest {

    private static final RangeDopplerMap.Cell CELL = new RangeDopplerMap.Cell(21, 113);

    /** Noise of 1 everywhere but for the target. */
    private final float[] magnitudes = new float[Radar.POINTS * Radar.PULSES];

    private final Inspection inspection;

    InspectionTest() {
        java.util.Arrays.fill(magnitudes, 1);
        magnitudes[21 * Radar.PULSES + 113] = 50;
        inspection = new Inspection(new Target(3150, 45, CELL), new RangeDopplerMap(magnitudes.clone()).profiles());
    }

    @Test
    void measuresInMetresAndSeconds() {
        // A microsecond there and back; a carrier of 3 cm shifted by one 128th of 7,812.5 Hz.
        assertThat(Radar.RANGE_CELL_METRES).isCloseTo(149.9, within(0.05));
        assertThat(Radar.VELOCITY_CELL_METRES_PER_SECOND).isCloseTo(0.915, within(0.0005));
        assertThat(Radar.velocityMetresPerSecond(64)).isZero();
        assertThat(CELL).hasToString("target at 3148 m, 44.8 m/s");
    }

    @Test
    void findsTheTarget() {
        Outcome outcome = inspection.of(new RangeDopplerMap(magnitudes));

        assertThat(outcome.right()).as("%s", outcome).isTrue();
        assertThat(outcome.answer()).isEqualTo("target at 3148 m, 44.8 m/s, magnitudes within 0");
        assertThat(outcome.expected()).contains("within a cell of 3150 m, 45.0 m/s");
    }

    @Test
    void tellsAPeakInTheNextCell() {
        magnitudes[21 * Radar.PULSES + 112] = 51;

        assertThat(inspection.of(new RangeDopplerMap(magnitudes)).right()).isFalse();
    }

    @Test
    void tellsWrongMagnitudesFarFromThePeak() {
        magnitudes[77 * Radar.PULSES + 3] = 1.01f;

        assertThat(inspection.of(new RangeDopplerMap(magnitudes)).right()).isFalse();
    }

    @Test
    void takesWhatIsNoNumberForWrong() {
        magnitudes[77 * Radar.PULSES + 3] = Float.NaN;

        assertThat(inspection.of(new RangeDopplerMap(magnitudes)).right()).isFalse();
    }

    @Test
    void doesNotTrustAReferenceThatMissesTheTarget() {
        Target elsewhere = new Target(9000, 45, CELL);

        assertThat(new Inspection(elsewhere, new RangeDopplerMap(magnitudes).profiles())
                        .of(new RangeDopplerMap(magnitudes))
                        .right())
                .isFalse();
    }

    /** Every recording has a target that the reference sees within a cell of where it was put. */
    @Test
    void readsItsRecordings() {
        Recordings recordings = new Recordings();
        for (int sample = 0; sample < Recordings.SAMPLES; sample++) {
            Target target = recordings.target(sample);
            assertThat(target.isIn(target.cell()))
                    .as("%s in %s", target, target.cell())
                    .isTrue();
            float[] profiles = recordings.profiles(sample);
            int velocity = Radar.POINTS + target.cell().velocity();
            assertThat(profiles[target.cell().range()]).isPositive().isEqualTo(profiles[velocity]);
        }
    }
}
