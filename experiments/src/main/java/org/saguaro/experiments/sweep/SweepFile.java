// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.sweep;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.saguaro.experiments.sweep.SweepDescription.Constraints;
import org.saguaro.experiments.sweep.SweepDescription.Facets;
import org.saguaro.experiments.sweep.SweepDescription.Objective;
import org.saguaro.formats.text.Json;
import org.saguaro.runtime.core.json.Fields;
import org.saguaro.runtime.core.json.Located;
import org.saguaro.runtime.core.json.Problems;

/**
 * A sweep in a JSON file, as docs/sweep.schema.json says and docs/sweeps.md explains. Refuses what the schema refuses, and what a schema
 * cannot say: ranges that fall, and too many compositions.
 */
public final class SweepFile {

    /** Most elements of a list and points of a range. */
    static final int MAX_ELEMENTS = 10_000;

    static final double MAX_SEED = 9007199254740991.0;
    static final double MAX_NUMBER = 1e9;
    static final double LEAST_NUMBER = 1e-9;

    private static final List<String> MEMBERS = List.of(
            "$schema",
            "sweep",
            "description",
            "platform",
            "compositions",
            "policies",
            "workload",
            "profiles",
            "ratesMbps",
            "ratesPerSecond",
            "seeds",
            "constraints",
            "objective",
            "facets");
    private static final List<String> RANGE = List.of("from", "to", "points", "scale");
    private static final List<String> CONSTRAINTS = List.of("maxPes", "maxWatts", "maxP99Millis", "maxMissShare");
    private static final List<String> FACETS = List.of("x", "lines");

    private static final String NAME = "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$";
    private static final String ANY = "\\S";

    /** Digits of the points of a range: a rate of 21.54 is as good as one of 21.5443469. */
    private static final int RANGE_DIGITS = 4;

    /** What the schema refuses as well. */
    private final Problems problems = new Problems();

    /** What a schema cannot say. */
    private final Problems meaning = new Problems();

    private SweepFile() {}

    /**
     * Reads a sweep.
     *
     * @throws SweepException with everything that is wrong, by line and column
     */
    public static SweepDescription read(Path file) throws IOException, SweepException {
        return parse(file.toString(), Files.readString(file));
    }

    /**
     * As {@link #read}, from memory.
     *
     * @param origin for messages
     */
    public static SweepDescription parse(String origin, String json) throws SweepException {
        SweepFile reader = new SweepFile();
        SweepDescription description = reader.structure(origin, json);
        reader.meaning.throwIfAny(found -> new SweepException(Problems.text(origin, found)));
        if (description == null) {
            throw new IllegalStateException("a sweep without problems is there");
        }
        return description;
    }

    /** Checks as much as the schema says. */
    static void checkStructure(String origin, String json) throws SweepException {
        new SweepFile().structure(origin, json);
    }

    private @Nullable SweepDescription structure(String origin, String json) throws SweepException {
        SweepDescription description = null;
        try {
            description = root(Located.parse(json), json);
        } catch (Located.SyntaxException e) {
            problems.add(e.at(), "", String.valueOf(e.getMessage()));
        }
        problems.throwIfAny(found -> new SweepException(Problems.text(origin, found)));
        return description;
    }

    private @Nullable SweepDescription root(Located value, String json) {
        Fields root = Fields.of(problems, "", value, MEMBERS);
        if (root == null) {
            return null;
        }
        root.note("$schema");
        root.note("description");
        String name =
                root.text("sweep", NAME, "up to 64 letters, digits, _, - and ., the first a letter, a digit or _");
        String platform = root.text("platform", ANY, "a pool such as 'zcu102', or a file such as 'my-board.json'");
        List<Composition> compositions = compositions(root);
        List<String> policies = texts(root, "policies", ANY, "the name of a policy, for instance 'eft'");
        Located workload = root.require("workload");
        if (workload != null && !(workload instanceof Located.Obj)) {
            root.text("workload", ANY, "a workload's file such as 'mixed.json', or a workload");
        }
        List<String> profiles = root.has("profiles")
                ? texts(root, "profiles", ANY, "a file of profiles such as 'mine.profile.json'")
                : List.of();
        List<Rate> rates = rates(root);
        List<Long> seeds = seeds(root);
        Constraints constraints = constraints(root);
        String objective = word(root, "objective", List.of("time", "energy", "edp"));
        Facets facets = facets(root);
        if (!problems.isEmpty() || !meaning.isEmpty() || name == null || platform == null) {
            return null;
        }
        var source = tree(json);
        return new SweepDescription(
                name,
                source.path("description").asText(""),
                platform,
                compositions,
                policies,
                source.path("workload"),
                profiles,
                rates,
                seeds,
                constraints,
                Objective.valueOf(objective.toUpperCase(Locale.ROOT)),
                facets,
                source);
    }

    private static com.fasterxml.jackson.databind.JsonNode tree(String json) {
        try {
            return Json.parse(json.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalStateException("it was JSON a moment ago", e);
        }
    }

    /** A text, or a list of texts, each once. */
    private List<String> texts(Fields root, String name, String pattern, String expected) {
        Located value = root.require(name);
        Set<String> texts = new LinkedHashSet<>();
        if (value instanceof Located.Text) {
            String text = root.text(name, pattern, expected);
            return text == null ? List.of() : List.of(text);
        } else if (value instanceof Located.Arr) {
            List<Located> elements = root.elements(name, 1, MAX_ELEMENTS);
            for (int i = 0; i < elements.size(); i++) {
                String text = Fields.text(problems, elements.get(i), name + "[" + i + "]", pattern, expected);
                if (text != null) {
                    texts.add(text);
                }
            }
        } else if (value != null) {
            root.wrong(name, value, "found " + value.kind() + ", expected " + expected + ", or a list of such");
        }
        return List.copyOf(texts);
    }

    private List<Composition> compositions(Fields root) {
        List<String> texts = texts(
                root,
                "compositions",
                Composition.PATTERN,
                "letters and counts joined by +, a count being a number, a range or a list, for instance 'C1..4+F0,2'");
        try {
            return texts.isEmpty() ? List.of() : Composition.expand(texts);
        } catch (IllegalArgumentException e) {
            Located value = root.find("compositions");
            meaning.add(value == null ? root.at() : value.at(), "compositions", String.valueOf(e.getMessage()));
            return List.of();
        }
    }

    private String word(Fields fields, String name, List<String> words) {
        Located value = fields.find(name);
        if (value == null) {
            return words.get(0);
        }
        if (value instanceof Located.Text text && words.contains(text.value())) {
            return text.value();
        }
        fields.wrong(name, value, "found " + value.kind() + ", expected one of " + String.join(", ", words));
        return words.get(0);
    }

    // --- rates ---

    private List<Rate> rates(Fields root) {
        Located second = root.find("ratesPerSecond");
        if (root.has("ratesMbps") && second != null) {
            root.wrong(
                    "ratesPerSecond",
                    second,
                    "found beside ratesMbps, expected one of them, or none for the workload's own rate");
        }
        if (root.has("ratesMbps")) {
            return rates(root, "ratesMbps", Rate.Unit.MBPS);
        }
        return second == null
                ? List.of(Rate.AS_WORKLOAD)
                : rates(root, "ratesPerSecond", Rate.Unit.REQUESTS_PER_SECOND);
    }

    private List<Rate> rates(Fields root, String name, Rate.Unit unit) {
        Located value = root.require(name);
        Set<Rate> rates = new LinkedHashSet<>();
        if (value instanceof Located.Arr) {
            List<Located> elements = root.elements(name, 1, MAX_ELEMENTS);
            for (int i = 0; i < elements.size(); i++) {
                Double rate =
                        Fields.number(problems, elements.get(i), name + "[" + i + "]", LEAST_NUMBER, MAX_NUMBER, false);
                if (rate != null) {
                    rates.add(new Rate(unit, rate));
                }
            }
        } else if (value instanceof Located.Obj) {
            Fields range = Fields.of(problems, name, value, RANGE);
            if (range != null) {
                for (double rate : range(range)) {
                    rates.add(new Rate(unit, rate));
                }
            }
        } else if (value != null) {
            root.wrong(
                    name,
                    value,
                    "found " + value.kind()
                            + ", expected a list such as [10, 100], or a range such as {\"from\": 10, \"to\": 1000, \"points\": 9, \"scale\": \"log\"}");
        }
        return List.copyOf(rates);
    }

    private double[] range(Fields range) {
        range.require("from");
        range.require("to");
        range.require("points");
        Double from = range.number("from", LEAST_NUMBER, MAX_NUMBER, false);
        Double to = range.number("to", LEAST_NUMBER, MAX_NUMBER, false);
        Double points = range.number("points", 2, MAX_ELEMENTS, true);
        boolean logarithmic = word(range, "scale", List.of("linear", "log")).equals("log");
        if (from == null || to == null || points == null) {
            return new double[0];
        }
        if (from >= to) {
            meaning.add(
                    range.at(),
                    range.placeOf("to"),
                    "found " + Decimal.text(to) + ", expected more than from, which is " + Decimal.text(from));
            return new double[0];
        }
        return range(from, to, points.intValue(), logarithmic);
    }

    /** From {@code from} to {@code to}, both exactly, those between rounded. */
    static double[] range(double from, double to, int points, boolean logarithmic) {
        double[] range = new double[points];
        for (int i = 0; i < points; i++) {
            double share = i / (points - 1.0);
            double exact = logarithmic ? from * Math.pow(to / from, share) : from + (to - from) * share;
            range[i] = Math.min(to, Math.max(from, Decimal.rounded(exact, RANGE_DIGITS)));
        }
        range[0] = from;
        range[points - 1] = to;
        return range;
    }

    // --- the rest ---

    private List<Long> seeds(Fields root) {
        Located value = root.find("seeds");
        Set<Long> seeds = new LinkedHashSet<>();
        if (value == null) {
            return List.of(1L);
        } else if (value instanceof Located.Arr) {
            List<Located> elements = root.elements("seeds", 1, MAX_ELEMENTS);
            for (int i = 0; i < elements.size(); i++) {
                Double seed = Fields.number(problems, elements.get(i), "seeds[" + i + "]", 0, MAX_SEED, true);
                if (seed != null) {
                    seeds.add(seed.longValue());
                }
            }
        } else if (value instanceof Located.Num) {
            Double count = root.number("seeds", 1, MAX_ELEMENTS, true);
            for (long seed = 1; count != null && seed <= count.longValue(); seed++) {
                seeds.add(seed);
            }
        } else {
            root.wrong("seeds", value, "found " + value.kind() + ", expected how many, or a list such as [1, 7]");
        }
        return List.copyOf(seeds);
    }

    private Constraints constraints(Fields root) {
        Located value = root.find("constraints");
        Fields members = value == null ? null : Fields.of(problems, "constraints", value, CONSTRAINTS);
        if (members == null) {
            return Constraints.NONE;
        }
        Double maxPes = members.number("maxPes", 1, MAX_NUMBER, true);
        return new Constraints(
                maxPes == null ? Integer.MAX_VALUE : maxPes.intValue(),
                most(members.number("maxWatts", LEAST_NUMBER, MAX_NUMBER, false)),
                most(members.number("maxP99Millis", LEAST_NUMBER, MAX_NUMBER, false)),
                most(members.number("maxMissShare", 0, 1, false)));
    }

    private static double most(@Nullable Double value) {
        return value == null ? Double.POSITIVE_INFINITY : value;
    }

    private Facets facets(Fields root) {
        Located value = root.find("facets");
        Fields members = value == null ? null : Fields.of(problems, "facets", value, FACETS);
        return members == null ? Facets.CHOSEN : new Facets(dimension(members, "x"), dimension(members, "lines"));
    }

    private Optional<String> dimension(Fields members, String name) {
        if (!members.has(name)) {
            return Optional.empty();
        }
        return Optional.ofNullable(members.text(
                name, "^(rate|[A-Z])$", "'rate', or the letter of a type of processing element such as 'F'"));
    }
}
