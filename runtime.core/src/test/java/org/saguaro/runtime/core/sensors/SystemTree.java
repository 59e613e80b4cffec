// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.sensors;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Trees of {@code /sys} and {@code /proc} as the kernels of some machines make them. */
final class SystemTree {

    private final Path root;

    SystemTree(Path root) {
        this.root = root;
    }

    SystemTree file(String path, String text) {
        try {
            Path file = root.resolve(path);
            Files.createDirectories(file.getParent());
            Files.writeString(file, text + "\n");
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void delete(String path) {
        try {
            Files.delete(root.resolve(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Eighteen INA226 on two buses, seen through iio-hwmon, and the AMS of the Zynq UltraScale+. */
    SystemTree zcu102() {
        int[] units = {76, 77, 78, 87, 85, 86, 93, 88, 15, 92, 79, 81, 80, 84, 16, 65, 74, 75};
        for (int i = 0; i < units.length; i++) {
            String chip = "sys/class/hwmon/hwmon" + i + "/";
            file(chip + "name", "ina226_u" + units[i])
                    .file(chip + "in1_input", "5")
                    .file(chip + "in2_input", "851")
                    .file(chip + "power1_input", Integer.toString(1_000_000 * (i + 1)))
                    .file(chip + "curr1_input", "1175");
        }
        String ams = "sys/bus/iio/devices/iio:device0/";
        return file(ams + "name", "xilinx-ams")
                .file(ams + "in_temp0_ps_temp_raw", "38150")
                .file(ams + "in_temp0_ps_temp_offset", "-36058")
                .file(ams + "in_temp0_ps_temp_scale", "7.771514892")
                .file(ams + "in_voltage0_vcc_pspll0_raw", "26267")
                .file(ams + "in_voltage0_vcc_pspll0_scale", "0.045776367")
                .file(ams + "in_voltage9_raw", "12")
                .file(ams + "sampling_frequency", "1000")
                .file("sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "1199999")
                .file("sys/devices/system/cpu/cpu3/cpufreq/scaling_cur_freq", "299999");
    }

    /** Some of the same chips with a kernel whose hwmon driver has them: equal names, told apart by the labels of the device tree. */
    SystemTree zcu102WithHwmonDriver() {
        int[] units = {76, 79, 81};
        for (int i = 0; i < units.length; i++) {
            String chip = "sys/class/hwmon/hwmon" + i + "/";
            file(chip + "name", "ina226")
                    .file(chip + "label", "ina226-u" + units[i])
                    .file(chip + "in1_input", "851")
                    .file(chip + "power1_input", Integer.toString(1_000_000 * (i + 1)))
                    .file(chip + "curr1_input", "1175");
        }
        return this;
    }

    /** JetPack 4: INA3221 as iio devices of NVIDIA's own driver. */
    SystemTree xavierJetPack4() {
        String[][] rails = {{"GPU", "CPU", "SOC"}, {"CV", "VDDRQ", "SYS5V"}};
        for (int chip = 0; chip < 2; chip++) {
            String folder = "sys/bus/iio/devices/iio:device" + chip + "/";
            file(folder + "name", "ina3221x");
            for (int rail = 0; rail < 3; rail++) {
                file(folder + "rail_name_" + rail, rails[chip][rail])
                        .file(folder + "in_power" + rail + "_input", Integer.toString(100 * (3 * chip + rail + 1)))
                        .file(folder + "in_current" + rail + "_input", "52")
                        .file(folder + "in_voltage" + rail + "_input", "14960");
            }
        }
        return zones().file("sys/devices/gpu.0/load", "437");
    }

    /** JetPack 5: the same chips through hwmon, without a power register. */
    SystemTree xavierJetPack5() {
        String[][] rails = {{"GPU", "CPU", "SOC"}, {"CV", "VDDRQ", "SYS5V"}};
        for (int chip = 0; chip < 2; chip++) {
            String folder = "sys/class/hwmon/hwmon" + (chip + 3) + "/";
            file(folder + "name", "ina3221");
            for (int rail = 1; rail <= 3; rail++) {
                file(folder + "in" + rail + "_label", rails[chip][rail - 1])
                        .file(folder + "in" + rail + "_input", "15000")
                        .file(folder + "curr" + rail + "_input", Integer.toString(100 * (3 * chip + rail)));
            }
            // Shunt voltages and sums.
            file(folder + "in4_input", "1").file(folder + "in7_input", "3").file(folder + "curr4_input", "600");
        }
        return zones().file("sys/class/devfreq/17000000.gv11b/cur_freq", "1377000000")
                .file("sys/class/devfreq/17000000.gv11b/device/load", "1000");
    }

    private SystemTree zones() {
        return file("sys/class/thermal/thermal_zone0/type", "CPU-therm")
                .file("sys/class/thermal/thermal_zone0/temp", "41500")
                .file("sys/class/thermal/thermal_zone1/type", "GPU-therm")
                .file("sys/class/thermal/thermal_zone1/temp", "-256000")
                .file("sys/class/thermal/cooling_device0/type", "pwm-fan");
    }

    /** A PC: core temperatures with labels, a fan, two equal disks. */
    SystemTree pc() {
        file("sys/class/hwmon/hwmon0/name", "coretemp")
                .file("sys/class/hwmon/hwmon0/temp1_label", "Package id 0")
                .file("sys/class/hwmon/hwmon0/temp1_input", "55000")
                .file("sys/class/hwmon/hwmon0/temp2_label", "Core 0")
                .file("sys/class/hwmon/hwmon0/temp2_input", "53000")
                .file("sys/class/hwmon/hwmon1/name", "nct6775")
                .file("sys/class/hwmon/hwmon1/fan2_input", "1170")
                .file("sys/class/hwmon/hwmon2/name", "amdgpu")
                .file("sys/class/hwmon/hwmon2/power1_average", "32000000");
        for (int disk = 3; disk < 5; disk++) {
            file("sys/class/hwmon/hwmon" + disk + "/name", "nvme")
                    .file("sys/class/hwmon/hwmon" + disk + "/temp1_label", "Composite")
                    .file("sys/class/hwmon/hwmon" + disk + "/temp1_input", (30 + disk) + "850");
        }
        return this;
    }
}
