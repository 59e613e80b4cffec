// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.saguaro.accel.api.PeDescriptor;

class PowerModelTest {

    private final PowerModel power = new PowerModel();

    @Test
    void takesTheDescriptorsFigure() {
        PowerModel.Draw draw = power.draw(new PeDescriptor("gpu0", "gpu", 1, 1e9, 1e9, 0, 12.5));
        assertThat(draw.nanojoules(1_000)).isEqualTo(12_500);
        assertThat(draw.isMeasured()).isFalse();
    }

    @Test
    void assumesOneWattPerThreadWhereNothingIsKnown() {
        PowerModel.Draw draw = power.draw(new PeDescriptor("cpux4", "cpux4", 4, 1e9, 1e9, 0));
        assertThat(draw.nanojoules(1_000)).isEqualTo(4_000);
        assertThat(draw.nanojoules(Long.MAX_VALUE / 2)).as("no overflow").isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void railsCorrectIt() {
        PeDescriptor pe = new PeDescriptor("gpu0", "gpu", 1, 1e9, 1e9, 0, 12.5);
        PowerModel.Draw draw = power.draw(pe);
        power.measured("gpu", 20);
        assertThat(draw.nanojoules(1_000)).isEqualTo(20_000);
        assertThat(power.draw(pe).watts()).as("when the PE comes back").isEqualTo(20);
        assertThat(draw.isMeasured()).isTrue();
    }

    @Test
    void refusesWhatNothingDraws() {
        assertThatThrownBy(() -> power.measured("gpu", Double.NaN)).hasMessageContaining("gpu cannot draw NaN W");
        assertThatThrownBy(() -> power.measured("gpu", -1)).hasMessageContaining("-1.0 W");
    }
}
