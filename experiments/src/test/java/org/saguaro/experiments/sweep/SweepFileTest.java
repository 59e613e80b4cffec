// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.saguaro.experiments.sweep.SweepDescription.Objective;
import org.saguaro.runtime.core.json.damage.JsonDamage;

class SweepFileTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final String EVERYTHING = """
            {
              "$schema": "sweep.schema.json",
              "sweep": "every.thing-1",
              "description": "has every member",
              "platform": "zcu102",
              "compositions": ["C1..4+F0,2", "C8"],
              "policies": ["rr", "eft", "rr"],
              "workload": {"streams": []},
              "profiles": ["a.json", "b.json"],
              "ratesMbps": {"from": 10, "to": 1000, "points": 5, "scale": "log"},
              "seeds": [7, 1, 7],
              "constraints": {"maxPes": 9, "maxWatts": 12.5, "maxP99Millis": 20, "maxMissShare": 0.01},
              "objective": "edp",
              "facets": {"x": "rate", "lines": "F"}
            }
            """;

    private static final JsonSchema SCHEMA = schema();

    private static Path docs() {
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            if (Files.exists(folder.resolve("cnf"))) {
                return folder.resolve("docs");
            }
        }
        throw new IllegalStateException("the project's root is above the working directory");
    }

    private static JsonSchema schema() {
        try {
            return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                    .getSchema(Files.readString(docs().resolve("sweep.schema.json")));
        } catch (java.io.IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void readsEveryMember() throws Exception {
        assertThat(SCHEMA.validate(JSON.readTree(EVERYTHING))).isEmpty();
        SweepDescription sweep = SweepFile.parse("x.json", EVERYTHING);

        assertThat(sweep.name()).isEqualTo("every.thing-1");
        assertThat(sweep.description()).isEqualTo("has every member");
        assertThat(sweep.platform()).isEqualTo("zcu102");
        assertThat(sweep.compositions()).hasSize(9);
        assertThat(sweep.policies()).containsExactly("rr", "eft");
        assertThat(sweep.workload().isObject()).isTrue();
        assertThat(sweep.profiles()).containsExactly("a.json", "b.json");
        assertThat(sweep.rates())
                .extracting(Rate::toString)
                .containsExactly("10 Mbps", "31.62 Mbps", "100 Mbps", "316.2 Mbps", "1000 Mbps");
        assertThat(sweep.seeds()).containsExactly(7L, 1L);
        assertThat(sweep.constraints()).isEqualTo(new SweepDescription.Constraints(9, 12.5, 20, 0.01));
        assertThat(sweep.objective()).isEqualTo(Objective.EDP);
        assertThat(sweep.facets().x()).contains("rate");
        assertThat(sweep.facets().lines()).contains("F");
    }

    @Test
    void mostMembersMayBeMissing() throws Exception {
        SweepDescription sweep = SweepFile.parse(
                "x.json",
                "{\"sweep\": \"a\", \"platform\": \"p\", \"compositions\": \"C1\", \"policies\": \"rr\", \"workload\": \"w.json\"}");

        assertThat(sweep.rates()).containsExactly(Rate.AS_WORKLOAD);
        assertThat(sweep.seeds()).containsExactly(1L);
        assertThat(sweep.policies()).containsExactly("rr");
        assertThat(sweep.objective()).isEqualTo(Objective.TIME);
        assertThat(sweep.constraints()).isEqualTo(SweepDescription.Constraints.NONE);
    }

    @Property(tries = 500)
    void rangesRiseFromOneEndToTheOther(
            @ForAll @DoubleRange(min = 0.01, max = 1e4) double from,
            @ForAll @DoubleRange(min = 1.01, max = 1e4) double ratio,
            @ForAll @IntRange(min = 2, max = 40) int points,
            @ForAll boolean logarithmic) {
        double to = from * ratio;
        double[] range = SweepFile.range(from, to, points, logarithmic);

        assertThat(range).hasSize(points);
        assertThat(range[0]).isEqualTo(from);
        assertThat(range[points - 1]).isEqualTo(to);
        for (int i = 1; i < points; i++) {
            assertThat(range[i])
                    .as("%s at %d", java.util.Arrays.toString(range), i)
                    .isGreaterThanOrEqualTo(range[i - 1]);
        }
        double step = logarithmic ? Math.pow(ratio, 1.0 / (points - 1)) : (to - from) / (points - 1);
        for (int i = 1; i < points; i++) {
            double expected = logarithmic ? range[0] * Math.pow(step, i) : range[0] + step * i;
            assertThat(range[i]).isCloseTo(expected, within(1e-3 * expected));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"every.thing-1\" | \"-\" | bad.json:3:12: sweep: found '-', expected up to 64",
                "\"zcu102\" | 3 | bad.json:5:15: platform: found 3, expected a pool",
                "\"C8\" | \"8C\" | compositions[1]: found '8C', expected letters and counts",
                "C1..4 | C4..1 | compositions: found \"4..1\" in \"C4..1+F0,2\", expected a range that rises",
                "\"eft\" | \"\" | policies[1]: found '', expected the name of a policy",
                "{\"streams\": []} | 7 | workload: found 7, expected a workload's file",
                "\"to\": 1000 | \"to\": 1 | ratesMbps.to: found 1, expected more than from, which is 10",
                "\"points\": 5 | \"points\": 1 | ratesMbps.points: found 1, expected an integer from 2 to 10000",
                "\"points\": 5 | \"points\": 2.5 | ratesMbps.points: found 2.5, expected an integer",
                "\"points\": 5, | | ratesMbps: found no 'points', expected one",
                "\"log\" | \"cubic\" | ratesMbps.scale: found 'cubic', expected one of linear, log",
                "\"ratesMbps\" | \"ratesMbps\": [1], \"ratesPerSecond\" | found beside ratesMbps",
                "[7, 1, 7] | 0 | seeds: found 0, expected an integer from 1 to 10000",
                "[7, 1, 7] | [-1] | seeds[0]: found -1, expected an integer from 0",
                "\"maxPes\" | \"maxPEs\" | constraints: found 'maxPEs', expected maxPes, maxWatts",
                "0.01 | 1.5 | constraints.maxMissShare: found 1.5, expected a number from 0 to 1",
                "\"edp\" | \"speed\" | objective: found 'speed', expected one of time, energy, edp",
                "\"lines\": \"F\" | \"lines\": \"FFT\" | facets.lines: found 'FFT'",
                "\"seeds\" | \"seed\" | found 'seed', expected",
                "[7, 1, 7] | [7, | no valid JSON"
            })
    void badFilesAreRefusedWithPlaceFoundAndExpected(String from, String to, String message) {
        String text = EVERYTHING.replace(from, to == null ? "" : to);
        assertThat(text).isNotEqualTo(EVERYTHING);
        assertThatThrownBy(() -> SweepFile.parse("bad.json", text))
                .isInstanceOf(SweepException.class)
                .hasMessageStartingWith("bad.json:")
                .hasMessageContaining(message);
    }

    @Test
    void allProblemsAreToldAtOnce() {
        assertThatThrownBy(() -> SweepFile.parse("bad.json", "{\"sweep\": 1, \"objective\": 2}"))
                .hasMessageContainingAll(
                        "'platform'", "'compositions'", "'policies'", "'workload'", "objective", "sweep");
    }

    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "0",
            "1",
            "-1",
            "2.0",
            "0.5",
            "1e10",
            "\"\"",
            "\" \"",
            "\"x\"",
            "\"C1\"",
            "\"C1..2+F0\"",
            "\"C1000\"",
            "\"rate\"",
            "\"F\"",
            "\"log\"",
            "\"time\"",
            "[]",
            "{}",
            "[1]",
            "[\"C1\"]",
            "[[]]",
            "{\"from\": 1, \"to\": 2, \"points\": 3}",
            "{\"x\": \"C\"}");
    private static final List<String> NAMES = List.of(
            "ratesMbps",
            "ratesPerSecond",
            "seeds",
            "from",
            "points",
            "scale",
            "x",
            "lines",
            "maxPes",
            "extra",
            "workload");
    private static final JsonDamage DAMAGE = new JsonDamage(VALUES, NAMES, Set.of("workload"));

    /** A validator of others judges by the published schema. */
    @Property(tries = 3000)
    void theSchemaRefusesWhatTheReaderRefuses(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        JsonNode root = JSON.readTree(EVERYTHING);
        DAMAGE.damage(root, random);
        String text = JSON.writeValueAsString(root);
        Set<ValidationMessage> refusals = SCHEMA.validate(root);
        String found = "accepted";
        try {
            SweepFile.checkStructure("x.json", text);
        } catch (SweepException e) {
            found = String.valueOf(e.getMessage());
        }
        assertThat(found.equals("accepted"))
                .as("the schema says %s, the reader %s, of%n%s", refusals, found, text)
                .isEqualTo(refusals.isEmpty());
    }
}
