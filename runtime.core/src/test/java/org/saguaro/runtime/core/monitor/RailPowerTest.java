// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.runtime.core.MonitorSnapshot.Durations;
import org.saguaro.runtime.core.MonitorSnapshot.PeLoad;
import org.saguaro.runtime.core.MonitorSnapshot.PowerEstimate;
import org.saguaro.runtime.core.PeStatus;
import org.saguaro.runtime.core.SensorReading;
import org.saguaro.runtime.core.SensorReading.Quantity;
import org.saguaro.runtime.core.cost.PowerModel;
import org.saguaro.runtime.core.sensors.SensorBank;

class RailPowerTest {

    private static PeLoad pe(String id, String type, double utilisation) {
        return new PeLoad(id, type, PeStatus.State.ACTIVE, utilisation, 0, 0, 0, 0, 0, Durations.NONE, Durations.NONE);
    }

    private static List<SensorReading> rail(String name, double watts) {
        return List.of(
                new SensorReading(name, Quantity.POWER, watts, "file"),
                new SensorReading("other/power1", Quantity.POWER, 99, "file"),
                new SensorReading(name + "_V", Quantity.VOLTAGE, 12, "file"));
    }

    @Test
    void tellsIdleFromActivePowerOfEachTypeOnARail() {
        RailPower model = RailPower.of(List.of("cpu=ina226_u76", "zynq-conv = ina226_u76"));
        Random random = new Random(7);
        for (int i = 0; i < 300; i++) {
            double cpu0 = random.nextDouble();
            double cpu1 = random.nextDouble();
            double conv = random.nextDouble();
            double noise = random.nextGaussian() * 0.05;
            model.observe(
                    List.of(pe("cpu0", "cpu", cpu0), pe("cpu1", "cpu", cpu1), pe("conv0", "zynq-conv", conv)),
                    rail("ina226_u76/power1", 2.5 + 0.8 * (cpu0 + cpu1) + 1.7 * conv + noise));
        }
        List<PowerEstimate> estimates = model.estimates();
        assertThat(estimates).extracting(PowerEstimate::peType).containsExactly("cpu", "zynq-conv");
        assertThat(estimates.get(0).idleWatts()).isCloseTo(2.5, within(0.05));
        assertThat(estimates.get(0).activeWatts()).isCloseTo(0.8, within(0.05));
        assertThat(estimates.get(1).activeWatts()).isCloseTo(1.7, within(0.05));
        assertThat(estimates.get(0).deviationWatts()).isBetween(0.01, 0.5);
    }

    @Test
    void saysNothingWhileTheLoadDoesNotVaryAndNothingBlowsUp() {
        RailPower model = RailPower.of(List.of("cpu=VDD_CPU"));
        for (int i = 0; i < 20_000; i++) {
            model.observe(List.of(pe("cpu0", "cpu", 0)), rail("ina3221/VDD_CPU", 3));
        }
        assertThat(model.estimates()).isEmpty();
        for (int i = 0; i < 200; i++) {
            double utilisation = i % 2;
            model.observe(List.of(pe("cpu0", "cpu", utilisation)), rail("ina3221/VDD_CPU", 3 + 2 * utilisation));
        }
        assertThat(model.estimates().get(0).activeWatts()).isCloseTo(2, within(0.05));
        assertThat(model.estimates().get(0).idleWatts()).isCloseTo(3, within(0.05));
    }

    @Test
    void followsADriftOfTheRail() {
        RailPower model = RailPower.of(List.of("cpu=rail"));
        for (int i = 0; i < 6000; i++) {
            double utilisation = (i % 10) / 10.0;
            double active = i < 2000 ? 1 : 4;
            model.observe(List.of(pe("cpu0", "cpu", utilisation)), rail("rail", 1 + active * utilisation));
        }
        assertThat(model.estimates().get(0).activeWatts()).isCloseTo(4, within(0.1));
    }

    private static void power(Path root, int number, String label, double watts) throws IOException {
        Path chip = root.resolve("sys/class/hwmon/hwmon" + number);
        if (!Files.exists(chip)) {
            Files.createDirectories(chip);
            Files.writeString(chip.resolve("name"), "ina226\n");
            Files.writeString(chip.resolve("label"), label + "\n");
        }
        Files.writeString(chip.resolve("power1_input"), Math.round(watts * 1e6) + "\n");
    }

    /** The configuration of platforms/zcu102.json, on the chips that a ZCU102 has: u76 VCCPSINTFP, u79 VCCINT, u81 VCCBRAM. */
    @Test
    void programmableLogicIsTheSumOfItsSupplies(@TempDir Path root) throws Exception {
        String rail = "ina226_u79+ina226_u81";
        RailPower model =
                RailPower.of(List.of("cpu=ina226_u76", "zynq-conv=" + rail, "zynq-fft=" + rail, "zynq-zip=" + rail));
        Random random = new Random(11);
        try (SensorBank sensors = new SensorBank(root)) {
            for (int i = 0; i < 80; i++) {
                double cpu = random.nextDouble();
                double conv = random.nextDouble();
                double fft = random.nextDouble();
                double zip = random.nextDouble();
                power(root, 0, "ina226-u76", 0.7 + 0.9 * cpu);
                power(root, 1, "ina226-u79", 0.6 + 2.2 * conv + 0.3 * fft + 0.2 * zip);
                power(root, 2, "ina226-u81", 0.1 + 0.4 * conv + 0.1 * fft);
                model.observe(
                        List.of(
                                pe("cpu0", "cpu", cpu),
                                pe("conv0", "zynq-conv", conv),
                                pe("fft0", "zynq-fft", fft),
                                pe("zip0", "zynq-zip", zip)),
                        sensors.read());
            }
        }
        Map<String, Double> active = new TreeMap<>();
        for (PowerEstimate estimate : model.estimates()) {
            active.put(estimate.peType(), Math.round(estimate.activeWatts() * 100) / 100.0);
        }
        assertThat(active)
                .containsOnly(
                        entry("cpu", 0.9), entry("zynq-conv", 2.6), entry("zynq-fft", 0.4), entry("zynq-zip", 0.2));
        PowerModel power = new PowerModel();
        model.estimates().forEach(estimate -> power.measured(estimate.peType(), estimate.activeWatts()));
        PowerModel.Draw conv = power.draw(new PeDescriptor("conv0", "zynq-conv", 1, 1e9, 1e9, 0, 1));
        assertThat(conv.isMeasured()).isTrue();
        assertThat(conv.nanojoules(2_000_000)).as("2 ms of a convolution").isCloseTo(5_200_000, within(20_000L));
    }

    @Test
    void ofPartOfASumNothingIsLearned(@TempDir Path root) throws Exception {
        RailPower model = RailPower.of(List.of("zynq-conv=ina226_u79+ina226_u81"));
        power(root, 1, "ina226-u79", 1);
        try (SensorBank sensors = new SensorBank(root)) {
            for (int i = 0; i < 20; i++) {
                model.observe(List.of(pe("conv0", "zynq-conv", i % 2)), sensors.read());
            }
        }
        assertThat(model.estimates()).isEmpty();
        assertThatThrownBy(() -> RailPower.of(List.of("zynq-conv=a+"))).hasMessageContaining("'zynq-conv=a+'");
    }

    @Test
    void aRailThatIsMissingOrAmbiguousTeachesNothing() {
        RailPower model = RailPower.of(List.of("cpu=power1"));
        SensorReading one = new SensorReading("a/power1", Quantity.POWER, 1, "file");
        SensorReading two = new SensorReading("b/power1", Quantity.POWER, 1, "file");
        for (int i = 0; i < 100; i++) {
            model.observe(List.of(pe("cpu0", "cpu", i % 2)), List.of(one, two));
            model.observe(List.of(pe("cpu0", "cpu", i % 2)), List.of());
        }
        assertThat(model.estimates()).isEmpty();
    }

    @Test
    void refusesWhatIsNoRail() {
        assertThatThrownBy(() -> RailPower.of(List.of("ina226_u76")))
                .hasMessageContaining("'ina226_u76'")
                .hasMessageContaining("cpu=ina226_u76");
        assertThatThrownBy(() -> RailPower.of(List.of("cpu=a", "cpu=b"))).hasMessageContaining("cpu has two rails");
    }
}
