// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.saguaro.runtime.core.simulation.Scene.cpus;
import static org.saguaro.runtime.core.simulation.Scene.takes;

import java.util.List;
import org.junit.jupiter.api.Test;

class KernelTimesTest {

    private static final KernelProfile MEASURED = new KernelProfile(
            "aten.fft:[128].x",
            2_000,
            500,
            List.of(new KernelProfile.Cost("cpu", 40, 4), new KernelProfile.Cost("a72", 10, 1)));

    private static KernelTimes of(CostRule... rules) {
        return new KernelTimes("test", List.of(cpus(1, rules)));
    }

    @Test
    void theFirstRuleThatMatchesCounts() {
        KernelTimes times = of(takes("conv*", 1), takes("*fft:*", 2), takes("*", 3));

        assertThat(times.meanNanos(times.add(MEASURED), 0)).isEqualTo(2);
    }

    @Test
    void onlyStarsAreSpecial() {
        KernelTimes times = of(takes("aten?fft*", 1), takes("aten.fft:[1]*", 2), takes("aten.fft:[128].x", 3));

        assertThat(times.meanNanos(times.add(MEASURED), 0)).isEqualTo(3);
    }

    @Test
    void withoutARuleItIsWhatWasMeasuredOnThisType() {
        KernelTimes times = of(takes("conv*", 1));
        int row = times.add(MEASURED);

        assertThat(times.meanNanos(row, 0)).isEqualTo(40);
        assertThat(times.deviationNanos(row, 0)).isEqualTo(4);
        assertThat(times.supports(times.add(new KernelProfile("other", 1, 1, List.of())), 0))
                .isFalse();
    }

    @Test
    void aScaledTimeIsThatOfAnotherTypeWithItsDeviation() {
        KernelTimes times = of(new CostRule("*", new CostRule.Scaled("a72", 3), Double.NaN));
        int row = times.add(MEASURED);

        assertThat(times.meanNanos(row, 0)).isEqualTo(30);
        assertThat(times.deviationNanos(row, 0)).isEqualTo(3);
        assertThat(times.supports(times.add(new KernelProfile("other", 1, 1, List.of())), 0))
                .isFalse();
    }

    @Test
    void aRooflineIsTheLongerOfArithmeticAndTraffic() {
        KernelTimes times = of(new CostRule("*", new CostRule.Roofline(7, 1e9, 1e10), 0.5));
        int row = times.add(MEASURED);

        assertThat(times.meanNanos(row, 0)).isEqualTo(7 + 2_000);
        assertThat(times.deviationNanos(row, 0)).isEqualTo(2_007 / 2.0);
        assertThat(times.meanNanos(times.add(new KernelProfile("traffic", 1, 50_000, List.of())), 0))
                .isEqualTo(7 + 5_000);
    }

    @Test
    void aRuleMaySayThatItDoesNotRunThere() {
        KernelTimes times = of(new CostRule("*fft*", new CostRule.Unsupported(), Double.NaN), takes("*", 1));

        assertThat(times.isSupported(times.add(MEASURED))).isFalse();
    }

    @Test
    void kernelsOfOneNameShareARowWhereTheyCostTheSame() {
        KernelTimes times = of(new CostRule("*", new CostRule.Roofline(0, 1e9, 1e9), Double.NaN));

        int first = times.add(new KernelProfile("fft", 10, 1, List.of()));
        int same = times.add(new KernelProfile("fft", 10, 2, List.of()));
        int longer = times.add(new KernelProfile("fft", 20, 1, List.of()));

        assertThat(same).isEqualTo(first);
        assertThat(longer).isNotEqualTo(first);
    }

    @Test
    void aTimeThatIsNoneIsRefused() {
        assertThatThrownBy(() -> of(takes("*", -3)).add(MEASURED))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("pool test, PE type cpu: its cost rule for *")
                .hasMessageContaining("aten.fft:[128].x")
                .hasMessageContaining("-3.0 ns");
    }
}
