// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.sensors;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.saguaro.runtime.core.SensorReading.Quantity;

/**
 * Finds the sensors of a Linux machine: {@code hwmon} and {@code iio} chips, thermal zones, clocks of CPUs and devices, the load of a
 * Jetson's GPU. Knows the kernel's conventions (Documentation/hwmon/sysfs-interface, ABI/testing/sysfs-bus-iio), no boards. Units:
 * hwmon has millidegrees, millivolts, milliamperes, microwatts; iio millidegrees, millivolts, milliamperes, milliwatts; cpufreq kHz,
 * devfreq Hz.
 */
final class SensorDiscovery {

    private static final double MILLI = 1e-3;
    private static final double MICRO = 1e-6;
    private static final double PER_MILLE_TO_PER_CENT = 0.1;

    private static final Pattern HWMON_CHANNEL = Pattern.compile("(temp|power|curr|in|fan)(\\d+)_input");
    private static final Pattern HWMON_AVERAGE = Pattern.compile("(power)(\\d+)_average");
    private static final Pattern IIO_CHANNEL =
            Pattern.compile("in_((temp|voltage|current|power)(\\d*)(?:_([A-Za-z]\\w*?))?)_(raw|input)");

    private final Path root;
    private final Map<String, Sensor> byName = new HashMap<>();

    private SensorDiscovery(Path root) {
        this.root = root;
    }

    /**
     * The sensors found now, by name; none of them is open.
     *
     * @param root of the file system: {@code /}, but for tests
     */
    static List<Sensor> sensors(Path root) {
        SensorDiscovery discovery = new SensorDiscovery(root);
        discovery.hwmon();
        discovery.iio();
        discovery.thermalZones();
        discovery.cpuClocks();
        discovery.devices();
        return discovery.byName.values().stream()
                .sorted(Comparator.comparing(Sensor::name, SensorDiscovery::compareNaturally))
                .toList();
    }

    // --- hwmon ---

    private void hwmon() {
        List<Path> chips = children("sys/class/hwmon");
        Set<String> repeated = repeatedNames(chips, SensorDiscovery::hwmonName);
        for (Path chip : chips) {
            String name = hwmonName(chip);
            hwmonChip(chip, repeated.contains(name) ? name + "@" + place(chip) : name);
        }
    }

    /** The device tree's label, which tells equal chips apart, else what the chip is. */
    private static String hwmonName(Path chip) {
        return textOf(chip.resolve("label"), nameOf(chip));
    }

    private static String nameOf(Path chip) {
        return textOf(chip.resolve("name"), chip.getFileName().toString());
    }

    private void hwmonChip(Path chip, String name) {
        Map<String, Path> files = filesOf(chip);
        for (Map.Entry<String, Path> file : files.entrySet()) {
            Matcher input = HWMON_CHANNEL.matcher(file.getKey());
            Matcher average = HWMON_AVERAGE.matcher(file.getKey());
            if (input.matches()) {
                hwmonChannel(chip, name, input, file.getValue());
            } else if (average.matches() && !files.containsKey("power" + average.group(2) + "_input")) {
                hwmonChannel(chip, name, average, file.getValue());
            }
        }
        if (nameOf(chip).startsWith("ina3221")) {
            ina3221Rails(files, name);
        }
    }

    private void hwmonChannel(Path chip, String name, Matcher channel, Path file) {
        String kind = channel.group(1);
        String number = channel.group(2);
        String label = textOf(chip.resolve(kind + number + "_label"), kind + number);
        Quantity quantity = switch (kind) {
            case "temp" -> Quantity.TEMPERATURE;
            case "power" -> Quantity.POWER;
            case "curr" -> Quantity.CURRENT;
            case "in" -> Quantity.VOLTAGE;
            default -> Quantity.FAN;
        };
        double scale = switch (quantity) {
            case POWER -> MICRO;
            case FAN -> 1;
            case TEMPERATURE, CURRENT, VOLTAGE, FREQUENCY, LOAD -> MILLI;
        };
        // A chip may use one label for voltage and current of a rail; the product of both gets it alone.
        add(Sensor.scaled(name + "/" + (isRail(kind) ? labelled(label, kind + number) : label), quantity, file, scale));
    }

    private static boolean isRail(String kind) {
        return kind.equals("in") || kind.equals("curr");
    }

    private static String labelled(String label, String channel) {
        return label.equals(channel) ? channel : label + "_" + (channel.startsWith("in") ? "V" : "A");
    }

    /** An INA3221 measures bus voltage and current of three rails, and leaves the multiplication to us. */
    private void ina3221Rails(Map<String, Path> files, String name) {
        // What follows after the rails are shunt voltages and sums.
        for (int number = 1; number <= 3; number++) {
            Path voltage = files.get("in" + number + "_input");
            Path current = files.get("curr" + number + "_input");
            if (voltage != null && current != null) {
                String label = textOf(voltage.resolveSibling("in" + number + "_label"), "power" + number);
                add(Sensor.product(name + "/" + label, Quantity.POWER, voltage, current, MILLI * MILLI));
            }
        }
    }

    // --- iio ---

    private void iio() {
        List<Path> chips = children("sys/bus/iio/devices").stream()
                .filter(chip -> chip.getFileName().toString().startsWith("iio:device"))
                .toList();
        Set<String> repeated = repeatedNames(chips, SensorDiscovery::nameOf);
        for (Path chip : chips) {
            String name = nameOf(chip);
            iioChip(chip, repeated.contains(name) ? name + "@" + place(chip) : name);
        }
    }

    private void iioChip(Path chip, String name) {
        for (Map.Entry<String, Path> file : filesOf(chip).entrySet()) {
            Matcher channel = IIO_CHANNEL.matcher(file.getKey());
            if (channel.matches()) {
                iioChannel(chip, name, channel, file.getValue());
            }
        }
    }

    private void iioChannel(Path chip, String name, Matcher channel, Path file) {
        String kind = channel.group(2);
        String prefix = "in_" + channel.group(1);
        Quantity quantity = switch (kind) {
            case "temp" -> Quantity.TEMPERATURE;
            case "voltage" -> Quantity.VOLTAGE;
            case "current" -> Quantity.CURRENT;
            default -> Quantity.POWER;
        };
        String label = name + "/" + iioLabel(chip, kind, channel.group(3), channel.group(4));
        if (channel.group(5).equals("input")) {
            add(Sensor.scaled(label, quantity, file, MILLI));
            return;
        }
        OptionalDouble scale = numberOf(chip, prefix + "_scale", "in_" + kind + "_scale");
        // Without a scale a raw value means nothing.
        if (scale.isPresent()) {
            double offset =
                    numberOf(chip, prefix + "_offset", "in_" + kind + "_offset").orElse(0);
            add(Sensor.linear(label, quantity, file, offset, scale.getAsDouble() * MILLI));
        }
    }

    /** The name in the channel's own name, else in its label, else what NVIDIA's driver of the INA3221 says. */
    private static String iioLabel(Path chip, String kind, String number, @Nullable String ownName) {
        if (ownName != null) {
            return ownName.startsWith(kind) ? ownName : ownName + (kind.equals("temp") ? "" : "_" + kind);
        }
        String channel = kind + number;
        String rail = textOf(chip.resolve("rail_name_" + number), "");
        if (!rail.isEmpty()) {
            return switch (kind) {
                case "voltage" -> rail + "_V";
                case "current" -> rail + "_A";
                default -> rail;
            };
        }
        return textOf(chip.resolve("in_" + channel + "_label"), channel);
    }

    // --- zones, clocks, devices ---

    private void thermalZones() {
        for (Path zone : children("sys/class/thermal")) {
            Path temperature = zone.resolve("temp");
            if (zone.getFileName().toString().startsWith("thermal_zone") && Files.exists(temperature)) {
                String type = textOf(zone.resolve("type"), zone.getFileName().toString());
                String name = "thermal/" + type;
                add(Sensor.scaled(
                        byName.containsKey(name) ? name + "@" + zone.getFileName() : name,
                        Quantity.TEMPERATURE,
                        temperature,
                        MILLI));
            }
        }
    }

    private void cpuClocks() {
        for (Path cpu : children("sys/devices/system/cpu")) {
            Path clock = cpu.resolve("cpufreq/scaling_cur_freq");
            if (cpu.getFileName().toString().matches("cpu\\d+") && Files.exists(clock)) {
                add(Sensor.scaled("clock/" + cpu.getFileName(), Quantity.FREQUENCY, clock, MILLI));
            }
        }
    }

    private void devices() {
        Set<Path> loads = new HashSet<>();
        for (Path device : children("sys/class/devfreq")) {
            String name = device.getFileName().toString();
            Path clock = device.resolve("cur_freq");
            if (Files.exists(clock)) {
                add(Sensor.scaled("clock/" + name, Quantity.FREQUENCY, clock, MICRO));
            }
            load(device.resolve("device/load"), "load/" + name, loads);
        }
        load(root.resolve("sys/devices/gpu.0/load"), "load/gpu", loads);
        load(root.resolve("sys/devices/platform/gpu.0/load"), "load/gpu", loads);
    }

    /** One file has several paths on a Jetson. */
    private void load(Path file, String name, Set<Path> known) {
        try {
            if (Files.exists(file) && known.add(file.toRealPath())) {
                add(Sensor.scaled(name, Quantity.LOAD, file, PER_MILLE_TO_PER_CENT));
            }
        } catch (IOException e) {
            // It went away between two looks; the next discovery sees what is there then.
            known.remove(file);
        }
    }

    // --- the tree ---

    private void add(Sensor sensor) {
        byName.putIfAbsent(sensor.name(), sensor);
    }

    private List<Path> children(String folder) {
        return list(root.resolve(folder));
    }

    private static Map<String, Path> filesOf(Path folder) {
        Map<String, Path> files = new java.util.TreeMap<>();
        list(folder).forEach(file -> files.put(file.getFileName().toString(), file));
        return files;
    }

    private static List<Path> list(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted(Comparator.comparing(
                            file -> file.getFileName().toString(), SensorDiscovery::compareNaturally))
                    .toList();
        } catch (IOException | java.io.UncheckedIOException e) {
            // This machine has none of that kind, or it goes away just now.
            return List.of();
        }
    }

    private static Set<String> repeatedNames(List<Path> chips, Function<Path, String> naming) {
        Set<String> seen = new HashSet<>();
        Set<String> repeated = new HashSet<>();
        for (Path chip : chips) {
            String name = naming.apply(chip);
            if (!seen.add(name)) {
                repeated.add(name);
            }
        }
        return repeated;
    }

    /** Where a chip is: its bus address, which stays, unlike its number. Entries of a class are links into the tree of devices. */
    private static String place(Path chip) {
        try {
            Path device = chip.resolve("device");
            Path real = Files.exists(device) ? device.toRealPath() : chip.toRealPath();
            int last = real.getNameCount() - 1;
            // A link to .../2-0040/hwmon/hwmon3, or to .../1-0041/iio:device0.
            while (Files.isSymbolicLink(chip) && last > 0 && isNumbered(real.getName(last))) {
                last--;
            }
            return real.getName(last).toString();
        } catch (IOException e) {
            return chip.getFileName().toString();
        }
    }

    private static boolean isNumbered(Path name) {
        return name.toString().startsWith("hwmon") || name.toString().startsWith("iio:device");
    }

    private static String textOf(Path path, String otherwise) {
        try (SystemFile file = new SystemFile(path)) {
            String text = file.text();
            return text == null || text.isEmpty() ? otherwise : text.replace(' ', '_');
        }
    }

    private static OptionalDouble numberOf(Path chip, String own, String shared) {
        try (SystemFile file = new SystemFile(chip.resolve(own));
                SystemFile other = new SystemFile(chip.resolve(shared))) {
            OptionalDouble number = file.number();
            return number.isPresent() ? number : other.number();
        }
    }

    /** {@code hwmon2} before {@code hwmon10}. */
    private static int compareNaturally(String left, String right) {
        int l = 0;
        int r = 0;
        while (l < left.length() && r < right.length()) {
            int leftEnd = digitsEnd(left, l);
            int rightEnd = digitsEnd(right, r);
            int order = leftEnd > l && rightEnd > r
                    ? new java.math.BigInteger(left.substring(l, leftEnd))
                            .compareTo(new java.math.BigInteger(right.substring(r, rightEnd)))
                    : Character.compare(left.charAt(l), right.charAt(r));
            if (order != 0) {
                return order;
            }
            l = Math.max(leftEnd, l + 1);
            r = Math.max(rightEnd, r + 1);
        }
        return Integer.compare(left.length() - l, right.length() - r) != 0
                ? Integer.compare(left.length() - l, right.length() - r)
                : left.compareTo(right);
    }

    private static int digitsEnd(String text, int from) {
        int end = from;
        while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
            end++;
        }
        return end;
    }
}
