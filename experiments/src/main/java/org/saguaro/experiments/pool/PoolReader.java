// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.pool;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.saguaro.runtime.core.simulation.CostRule;
import org.saguaro.runtime.core.simulation.Pool;

/** Reads descriptions of pools. Refuses what docs/pool.schema.json refuses, and what a schema cannot say. */
final class PoolReader {

    static final List<String> ROOT =
            List.of("$schema", "pool", "description", "source", "composition", "peTypes", "costTable", "transfers");
    static final List<String> PE_TYPE = List.of(
            "name",
            "description",
            "source",
            "space",
            "activeWatts",
            "idleWatts",
            "dispatchMicros",
            "clockMhz",
            "costs");
    static final List<String> RULE = List.of(
            "kernels",
            "source",
            "relativeDeviation",
            "micros",
            "cycles",
            "startMicros",
            "gops",
            "gbytesPerSecond",
            "scale",
            "of",
            "unsupported");
    static final List<String> TRANSFER = List.of("from", "to", "startMicros", "gbytesPerSecond", "source");

    /** What tells a time, one of them per rule. */
    private static final List<String> TIMES = List.of("micros", "cycles", "gops", "scale", "unsupported");

    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_.-]{0,63}");
    private static final Pattern TYPE = Pattern.compile("[A-Za-z]([A-Za-z0-9_-]{0,30}[A-Za-z_-])?");
    private static final Pattern LETTER = Pattern.compile("[A-Z]");
    private static final Pattern GLOB = Pattern.compile("\\S{1,200}");
    private static final Pattern ANY = Pattern.compile(".*\\S.*");
    private static final String TYPE_WORDS = "a name of letters, digits, _ and - that does not end with a digit";

    private static final double MAX_MICROS = 1e12;
    private static final double MAX_WATTS = 1e5;
    private static final double MAX_RATE = 1e9;
    private static final double LEAST_RATE = 1e-9;
    private static final double NANOS_PER_MICRO = 1e3;

    /** What finds the text of a cost table. */
    @FunctionalInterface
    interface Tables {
        String text(String file) throws IOException, PoolException;
    }

    private PoolReader() {}

    static Pool read(String origin, String text, String composition, Tables tables) throws IOException, PoolException {
        Members root = Members.parse(origin, text, ROOT);
        root.note("$schema");
        root.note("description");
        root.note("source");
        root.text("pool", NAME, "a name of letters, digits, _, . and -");
        Map<Character, PeTypes> types = types(root);
        Composition own = Composition.parse(
                root.placeOf("composition"), root.text("composition", Composition.PATTERN, Composition.WORDS));
        own.requireLetters(root.placeOf("composition"), types.keySet());
        List<Pool.Transfer> transfers = transfers(root);
        CostTable table = CostTable.NONE;
        if (root.has("costTable")) {
            String file = root.text("costTable", ANY, "a file, relative to the folder of the pool's");
            table = CostTable.read(origin + ": costTable " + file, file, tables.text(file), types.keySet());
        }
        Composition chosen = composition.isBlank() ? own : Composition.parse("composition", composition.trim());
        chosen.requireLetters("composition " + composition.trim() + " of " + origin, types.keySet());
        List<Pool.PeType> peTypes = new ArrayList<>();
        for (Map.Entry<Character, Integer> part : chosen.counts().entrySet()) {
            PeTypes type = types.get(part.getKey());
            if (type != null && part.getValue() > 0) {
                peTypes.add(type.times(part.getValue(), table.rules(part.getKey())));
            }
        }
        return new Pool(chosen.text(), peTypes, transfers);
    }

    /** A type of PEs, however many there are. */
    private record PeTypes(Pool.PeType one) {
        Pool.PeType times(int count, List<CostRule> table) {
            // First, or a last rule for all the others would hide it.
            List<CostRule> costs = new ArrayList<>(table);
            costs.addAll(one.costs());
            return new Pool.PeType(
                    one.name(), count, one.space(), one.activeWatts(), one.idleWatts(), one.dispatchNanos(), costs);
        }
    }

    private static Map<Character, PeTypes> types(Members root) throws PoolException {
        Members written = Members.any(root.placeOf("peTypes"), root.require("peTypes"));
        if (written.names().isEmpty()) {
            throw new PoolException(written.place() + ": found no type of PEs, expected one at least");
        }
        Map<Character, PeTypes> types = new LinkedHashMap<>();
        List<String> names = new ArrayList<>();
        for (String letter : written.names()) {
            if (!LETTER.matcher(letter).matches()) {
                throw new PoolException(written.place() + ": found '" + Members.shown(letter)
                        + "', expected types of PEs by one capital letter each");
            }
            PeTypes type = type(Members.of(written.placeOf(letter), written.require(letter), PE_TYPE));
            if (names.contains(type.one().name())) {
                throw new PoolException(written.placeOf(letter) + ".name: found '"
                        + type.one().name() + "' a second time, expected another");
            }
            names.add(type.one().name());
            types.put(letter.charAt(0), type);
        }
        return types;
    }

    private static PeTypes type(Members type) throws PoolException {
        type.note("description");
        type.note("source");
        double clockHz = type.number("clockMhz", LEAST_RATE, 1e6, Double.NaN) * 1e6;
        List<CostRule> costs = new ArrayList<>();
        List<JsonNode> rules = type.elements("costs");
        for (int i = 0; i < rules.size(); i++) {
            rule(Members.of(type.placeOf("costs") + "[" + i + "]", rules.get(i), RULE), clockHz, costs);
        }
        return new PeTypes(new Pool.PeType(
                type.text("name", TYPE, TYPE_WORDS),
                1,
                type.text("space", TYPE, TYPE_WORDS, Pool.HOST),
                type.number("activeWatts", 0, MAX_WATTS, 0),
                type.number("idleWatts", 0, MAX_WATTS, 0),
                Math.round(type.number("dispatchMicros", 0, MAX_MICROS, 0) * NANOS_PER_MICRO),
                costs));
    }

    private static void rule(Members rule, double clockHz, List<CostRule> into) throws PoolException {
        rule.note("source");
        double deviation = rule.number("relativeDeviation", 0, 10, Double.NaN);
        CostRule.Time time = time(rule, clockHz);
        JsonNode kernels = rule.require("kernels");
        if (kernels.isArray()) {
            if (kernels.isEmpty()) {
                throw new PoolException(rule.placeOf("kernels") + ": found an empty array, expected names of kernels");
            }
            for (int i = 0; i < kernels.size(); i++) {
                into.add(new CostRule(glob(rule.placeOf("kernels") + "[" + i + "]", kernels.get(i)), time, deviation));
            }
        } else {
            into.add(new CostRule(glob(rule.placeOf("kernels"), kernels), time, deviation));
        }
    }

    private static String glob(String place, JsonNode value) throws PoolException {
        return Members.text(place, value, GLOB, "names of kernels without spaces, with * for any characters");
    }

    private static CostRule.Time time(Members rule, double clockHz) throws PoolException {
        List<String> told = TIMES.stream().filter(rule::has).toList();
        if (told.size() != 1) {
            throw new PoolException(rule.place() + ": found "
                    + (told.isEmpty() ? "no time" : String.join(" and ", told)) + ", expected one of "
                    + String.join(", ", TIMES));
        }
        belongs(rule, "startMicros", "gops", told.get(0));
        belongs(rule, "gbytesPerSecond", "gops", told.get(0));
        belongs(rule, "of", "scale", told.get(0));
        return switch (told.get(0)) {
            case "micros" -> new CostRule.Fixed(rule.number("micros", 0, MAX_MICROS) * NANOS_PER_MICRO);
            case "cycles" -> {
                double cycles = rule.number("cycles", 0, 1e15);
                if (Double.isNaN(clockHz)) {
                    throw new PoolException(
                            rule.placeOf("cycles") + ": found cycles without a clock, expected clockMhz of the type");
                }
                yield new CostRule.Fixed(cycles / clockHz * 1e9);
            }
            case "gops" ->
                new CostRule.Roofline(
                        rule.number("startMicros", 0, MAX_MICROS, 0) * NANOS_PER_MICRO,
                        rule.number("gops", LEAST_RATE, MAX_RATE) * 1e9,
                        rule.number("gbytesPerSecond", LEAST_RATE, MAX_RATE) * 1e9);
            case "scale" ->
                new CostRule.Scaled(rule.text("of", TYPE, TYPE_WORDS), rule.number("scale", LEAST_RATE, MAX_RATE));
            default -> {
                if (!rule.require("unsupported").isBoolean()
                        || !rule.require("unsupported").booleanValue()) {
                    throw new PoolException(rule.placeOf("unsupported") + ": found "
                            + Members.kind(rule.require("unsupported")) + ", expected true");
                }
                yield new CostRule.Unsupported();
            }
        };
    }

    private static void belongs(Members rule, String name, String to, String told) throws PoolException {
        if (rule.has(name) && !told.equals(to)) {
            throw new PoolException(rule.placeOf(name) + ": found it beside " + told + ", expected it with " + to);
        }
    }

    private static List<Pool.Transfer> transfers(Members root) throws PoolException {
        List<Pool.Transfer> transfers = new ArrayList<>();
        List<JsonNode> written = root.elements("transfers");
        for (int i = 0; i < written.size(); i++) {
            Members transfer = Members.of(root.placeOf("transfers") + "[" + i + "]", written.get(i), TRANSFER);
            transfer.note("source");
            transfers.add(new Pool.Transfer(
                    transfer.text("from", TYPE, TYPE_WORDS),
                    transfer.text("to", TYPE, TYPE_WORDS),
                    Math.round(transfer.number("startMicros", 0, MAX_MICROS, 0) * NANOS_PER_MICRO),
                    1 / transfer.number("gbytesPerSecond", LEAST_RATE, MAX_RATE)));
        }
        return transfers;
    }
}
