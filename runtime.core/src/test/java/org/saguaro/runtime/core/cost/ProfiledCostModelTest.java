// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.cost;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.runtime.core.cost.CalibrationStore.Entry;

class ProfiledCostModelTest {

    private static final Roofline WORK = new Roofline(3_000, 1_000);
    private static final PeDescriptor CPU0 = new PeDescriptor("cpu0", "cpu", 1, 1e9, 1e9, 10);
    private static final PeDescriptor CPU1 = new PeDescriptor("cpu1", "cpu", 1, 1e9, 1e9, 10);
    private static final PeDescriptor FPGA = new PeDescriptor("fpga0", "fpga", 1, 3e9, 1e9, 20);

    private final ProfiledCostModel costs = new ProfiledCostModel(List.of());

    @Test
    void startsFromThePriorOfThePe() {
        assertThat(costs.estimate("conv", WORK, CPU0).meanNanos()).isEqualTo(3_010);
        assertThat(costs.estimate("conv", WORK, FPGA).meanNanos()).isEqualTo(1_020);
        assertThat(costs.measured()).as("measured, priors left out").isEmpty();
    }

    @Test
    void pesOfOneTypeShareMeasurements() {
        costs.estimate("conv", WORK, CPU0).observe(77);
        assertThat(costs.estimate("conv", WORK, CPU1).meanNanos()).isEqualTo(77);
        assertThat(costs.estimate("conv", WORK, FPGA).meanNanos())
                .as("another type")
                .isEqualTo(1_020);
        assertThat(costs.estimate("relu", WORK, CPU1).meanNanos())
                .as("another kernel")
                .isEqualTo(3_010);
        assertThat(costs.measured()).containsExactly(new Entry("conv", "cpu", 77, 0, 1));
    }

    @Test
    void startsFromCalibrationWhereThereIsSome() {
        Entry entry = new Entry("conv", "cpu", 55, 4, 9);
        ProfiledCostModel calibrated = new ProfiledCostModel(List.of(entry));
        assertThat(calibrated.estimate("conv", WORK, CPU0).meanNanos()).isEqualTo(55);
        assertThat(calibrated.estimate("conv", WORK, FPGA).meanNanos()).isEqualTo(1_020);
        assertThat(calibrated.measured()).as("kept, though nothing ran").containsExactly(entry);
    }

    @Test
    void numbersSignatures() {
        int conv = costs.number("conv");
        int relu = costs.number("relu");
        assertThat(relu).isNotEqualTo(conv);
        assertThat(costs.number("conv")).isEqualTo(conv);
    }

    @Test
    void tellsWhatItKnows() {
        Entry entry = new Entry("conv", "cpu", 55, 4, 9);
        ProfiledCostModel calibrated = new ProfiledCostModel(List.of(entry));
        calibrated.estimate("relu", WORK, FPGA);
        assertThat(calibrated.status())
                .extracting(status -> status.kernel() + " " + status.peType() + " " + status.priorNanos() + " "
                        + status.meanNanos() + " " + status.deviationNanos() + " " + status.count())
                .containsExactly("conv cpu -1 55 2 9", "relu fpga 1020 1020 1020 0");
        calibrated.estimate("conv", WORK, CPU0);
        assertThat(calibrated.status().get(0).priorNanos())
                .as("once it is prepared")
                .isEqualTo(3_010);
    }
}
