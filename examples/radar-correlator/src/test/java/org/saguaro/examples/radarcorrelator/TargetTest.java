// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.radarcorrelator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.layers.LayerApplication.Outcome;

/** What is found in a correlation, and that a wrong one is not taken for right. It is computed in the tests inside the framework. */
final class TargetTest {

    private static final Correlation REFERENCE = new Correlation(new float[] {1, 1, 1, 40, 1});

    private final Target target = new Target(3 * Target.CELL_METRES + 10);

    @Test
    void measuresInMetres() {
        // A fifth of a microsecond there and back.
        assertThat(Target.CELL_METRES).isCloseTo(29.98, within(0.005));
    }

    @Test
    void findsTheTarget() {
        Outcome outcome = target.outcome(new Correlation(new float[] {1, 1, 1, 40, 1}), REFERENCE);

        assertThat(outcome.right()).as("%s", outcome).isTrue();
        assertThat(outcome.answer()).isEqualTo("target at 90 m (0.6 us), magnitudes within 0");
        assertThat(outcome.expected()).startsWith("target at 90 m (0.6 us), within 30 m of 99.9 m");
    }

    @Test
    void takesMagnitudesOfComplexNumbers() {
        ByteBuffer bytes = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(new float[] {1, 0, -3, 4});

        Correlation found = Correlation.of(Tensor.dense(DType.COMPLEX64, new long[] {2}, bytes));

        assertThat(found.lag()).isEqualTo(1);
        assertThat(found.errorAgainst(new Correlation(new float[] {1, 5}))).isZero();
        assertThat(found.errorAgainst(new Correlation(new float[] {2, 5}))).isEqualTo(0.2);
    }

    @Test
    void tellsAnotherLag() {
        assertThat(isRight(1, 1, 41, 40, 1)).isFalse();
    }

    @Test
    void tellsWrongMagnitudesFarFromThePeak() {
        assertThat(isRight(1.01f, 1, 1, 40, 1)).isFalse();
    }

    @Test
    void takesWhatIsNoNumberForWrong() {
        assertThat(isRight(1, Float.NaN, 1, 40, 1)).isFalse();
    }

    @Test
    void doesNotTrustAReferenceThatMissesTheTarget() {
        assertThat(new Target(200).outcome(REFERENCE, REFERENCE).right()).isFalse();
    }

    /** The reference sees every recorded target within a cell of where it was put. */
    @Test
    void readsItsRecordings() {
        Recordings recordings = new Recordings();
        for (int sample = 0; sample < Recordings.SAMPLES; sample++) {
            Correlation correlation = recordings.correlation(sample);
            Outcome outcome = recordings.target(sample).outcome(correlation, correlation);
            assertThat(outcome.right()).as("%s", outcome).isTrue();
        }
    }

    private boolean isRight(float... magnitudes) {
        return target.outcome(new Correlation(magnitudes), REFERENCE).right();
    }
}
