// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.sensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.saguaro.runtime.core.SensorReading;

/** The sensors of boards that we know from their file trees. */
class SensorBankTest {

    @TempDir
    Path root;

    private SystemTree tree;
    private SensorBank bank;

    @BeforeEach
    void open() {
        tree = new SystemTree(root);
        bank = new SensorBank(root);
    }

    @AfterEach
    void close() {
        bank.close();
    }

    private Map<String, Double> read() {
        Map<String, Double> values = new TreeMap<>();
        for (SensorReading reading : bank.read()) {
            values.put(reading.name() + " " + reading.quantity().unit(), Math.round(reading.value() * 1000) / 1000.0);
        }
        return values;
    }

    @Test
    void aZcu102HasEighteenPowerMonitorsAndTheAms() {
        tree.zcu102();
        Map<String, Double> values = read();
        assertThat(values.keySet().stream().filter(name -> name.endsWith(" W"))).hasSize(18);
        assertThat(values)
                .containsEntry("ina226_u76/power1 W", 1.0)
                .containsEntry("ina226_u75/power1 W", 18.0)
                .containsEntry("ina226_u76/in2 V", 0.851)
                .containsEntry("ina226_u76/curr1 A", 1.175)
                .containsEntry("clock/cpu0 MHz", 1199.999)
                .containsEntry("clock/cpu3 MHz", 299.999)
                .as("a raw value without a scale means nothing")
                .doesNotContainKey("xilinx-ams/voltage9 V");
        assertThat(values.get("xilinx-ams/ps_temp C")).isCloseTo((38150 - 36058) * 7.771514892e-3, within(0.001));
        assertThat(values.get("xilinx-ams/vcc_pspll0_voltage V")).isCloseTo(26267 * 0.045776367e-3, within(0.001));
        assertThat(bank.read().get(0).source()).startsWith(root.toString()).endsWith("scaling_cur_freq");
    }

    @Test
    void equalChipsWithLabelsAreCalledByThem() {
        tree.zcu102WithHwmonDriver();
        assertThat(read())
                .containsEntry("ina226-u76/power1 W", 1.0)
                .containsEntry("ina226-u79/power1 W", 2.0)
                .containsEntry("ina226-u81/power1 W", 3.0);
    }

    @Test
    void aXavierUnderJetPack4NamesItsRails() {
        tree.xavierJetPack4();
        assertThat(read())
                .containsEntry("ina3221x@iio:device0/CPU W", 0.2)
                .containsEntry("ina3221x@iio:device1/SYS5V W", 0.6)
                .containsEntry("ina3221x@iio:device0/GPU_V V", 14.96)
                .containsEntry("ina3221x@iio:device0/GPU_A A", 0.052)
                .containsEntry("thermal/CPU-therm C", 41.5)
                .containsEntry("load/gpu %", 43.7)
                .as("a zone without power")
                .doesNotContainKey("thermal/GPU-therm C");
    }

    @Test
    void aXavierUnderJetPack5GetsItsPowerFromVoltageTimesCurrent() {
        tree.xavierJetPack5();
        Map<String, Double> values = read();
        assertThat(values)
                .containsEntry("ina3221@hwmon3/CPU W", 3.0)
                .containsEntry("ina3221@hwmon4/SYS5V W", 9.0)
                .containsEntry("ina3221@hwmon3/CPU_V V", 15.0)
                .containsEntry("load/17000000.gv11b %", 100.0)
                .containsEntry("clock/17000000.gv11b MHz", 1377.0);
        assertThat(values.keySet().stream().filter(name -> name.endsWith(" W")))
                .as("rails, and no sums or shunts")
                .hasSize(6);
    }

    @Test
    void aPcHasLabelledTemperaturesAFanAndTwoEqualDisks() {
        tree.pc();
        assertThat(read())
                .containsOnly(
                        entry("coretemp/Package_id_0 C", 55.0),
                        entry("coretemp/Core_0 C", 53.0),
                        entry("nct6775/fan2 rpm", 1170.0),
                        entry("amdgpu/power1 W", 32.0),
                        entry("nvme@hwmon3/Composite C", 33.85),
                        entry("nvme@hwmon4/Composite C", 34.85));
    }

    @Test
    void equalChipsAreToldApartByTheirBusAddress() throws Exception {
        Path hwmon = Files.createDirectories(root.resolve("sys/class/hwmon"));
        for (int chip = 0; chip < 2; chip++) {
            String device = "sys/devices/i2c-2/2-004" + chip + "/hwmon/hwmon" + chip;
            tree.file(device + "/name", "ina226").file(device + "/power1_input", (chip + 1) + "000000");
            Files.createSymbolicLink(hwmon.resolve("hwmon" + chip), root.resolve(device));
        }
        assertThat(read()).containsEntry("ina226@2-0040/power1 W", 1.0).containsEntry("ina226@2-0041/power1 W", 2.0);
    }

    @Test
    void aMachineWithoutSensorsHasNone() {
        assertThat(bank.read()).isEmpty();
        assertThat(SensorBank.none().read()).isEmpty();
    }

    @Test
    void aSensorThatVanishesOrTalksNonsenseIsLeftOutUntilItIsBack() {
        tree.pc();
        String file = "sys/class/hwmon/hwmon0/temp2_input";
        String name = "coretemp/Core_0 C";
        assertThat(read()).containsKey(name);
        tree.file(file, "not a number");
        assertThat(read()).as("nonsense").doesNotContainKey(name).containsKey("coretemp/Package_id_0 C");
        tree.file(file, "");
        assertThat(read()).as("nothing").doesNotContainKey(name);
        tree.file(file, "54000");
        assertThat(read()).as("back").containsEntry(name, 54.0);
        assertThat(bank.channels()).contains("coretemp/Core_0.C");
    }

    @Test
    void aFileThatFailsIsOpenedAgain() throws Exception {
        tree.file("sys/class/thermal/thermal_zone0/type", "soc").file("sys/class/thermal/thermal_zone0/temp", "30000");
        assertThat(read()).containsEntry("thermal/soc C", 30.0);
        // A folder can be opened, but not be read: the open file fails as that of an unbound device does.
        tree.delete("sys/class/thermal/thermal_zone0/temp");
        bank.close();
        bank.discover();
        assertThat(read()).isEmpty();
        tree.file("sys/class/thermal/thermal_zone0/temp", "31000");
        bank.discover();
        assertThat(read()).containsEntry("thermal/soc C", 31.0);
    }

    @Test
    void newChipsAreFoundAndKnownOnesKeepTheirPlace() {
        tree.pc();
        int before = bank.read().size();
        tree.file("sys/class/hwmon/hwmon9/name", "late").file("sys/class/hwmon/hwmon9/temp1_input", "20000");
        assertThat(bank.read()).hasSize(before);
        bank.discover();
        assertThat(read()).hasSize(before + 1).containsEntry("late/temp1 C", 20.0);
    }
}
