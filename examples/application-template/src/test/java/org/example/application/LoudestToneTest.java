// SPDX-License-Identifier: Apache-2.0
package org.example.application;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** The parts that are no calls. The whole runs in Saguaro: {@code saguaro shell application loudest-tone}. */
final class LoudestToneTest {

    @Test
    void findsTheLargest() {
        assertThat(LoudestTone.loudest(new float[] {1, 7, 3, 2, 9, 9, 9, 9})).isEqualTo(1);
    }

    @Test
    void repeatsItself() {
        float[] signal = LoudestTone.signal(2);

        assertThat(signal[130]).isCloseTo(signal[2], within(1e-5f));
        assertThat(signal[10]).isNotCloseTo(signal[2], within(0.1f));
    }
}
