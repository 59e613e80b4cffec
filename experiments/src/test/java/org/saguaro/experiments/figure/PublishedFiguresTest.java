// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.figure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVRecord;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the page says of the simulated figures; the simulations are deterministic. Figure C is the slow one. */
final class PublishedFiguresTest {

    @TempDir
    static Path folder;

    private static PublishedFigures.Outcome outcome;
    private static String page;

    private static PrintStream nowhere() {
        return new PrintStream(PrintStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    }

    @BeforeAll
    static void make() throws Exception {
        outcome = PublishedFigures.make(PublishedFigures.names(), "zcu102", new PublishedPolicies(), folder, nowhere());
        page = Files.readString(folder.resolve(PublishedFigures.PAGE));
    }

    private static List<CSVRecord> csv(String file) throws IOException {
        CSVFormat format = CSVFormat.DEFAULT
                .builder()
                .setHeader()
                .setSkipHeaderRecord(true)
                .get();
        try (Reader in = Files.newBufferedReader(folder.resolve(file))) {
            return format.parse(in).getRecords();
        }
    }

    private static double seconds(String pool, String policy) throws IOException {
        return csv("fig-a.csv").stream()
                .filter(row -> row.get("pool").equals(pool) && row.get("policy").equals(policy))
                .mapToDouble(row -> Double.parseDouble(row.get("mean_seconds")))
                .findFirst()
                .orElseThrow();
    }

    private static double perInstance(String policy, int instances) throws IOException {
        return csv("fig-b.csv").stream()
                .filter(row ->
                        row.get("policy").equals(policy) && row.get("instances").equals(Integer.toString(instances)))
                .mapToDouble(row -> Double.parseDouble(row.get("seconds_per_instance")))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void everyShapeCriterionIsMet() throws Exception {
        assertThat(outcome.complete()).isTrue();
        assertThat(csv("criteria.csv"))
                .hasSize(13)
                .allSatisfy(row -> assertThat(row.get("met")).as("%s", row).isEqualTo("yes"));
        assertThat(outcome.met()).isEqualTo(outcome.criteria()).isEqualTo(13);
    }

    @Test
    void zipAloneIsUseless() throws Exception {
        for (String policy : List.of("rr", "eft", "etf_cedr", "heft_rt")) {
            assertThat(seconds("C3+V0+Z1", policy) / seconds("C3+V0+Z0", policy))
                    .as(policy)
                    .isBetween(0.98, 1.02);
        }
    }

    @Test
    void convolutionHelpsWhoKnowsCostsAndHurtsRoundRobin() throws Exception {
        for (String policy : List.of("eft", "etf_cedr", "heft_rt")) {
            assertThat(seconds("C3+V1+Z0", policy) / seconds("C3+V0+Z0", policy))
                    .as(policy)
                    .isLessThan(0.97);
        }
        assertThat(seconds("C3+V1+Z0", "rr") / seconds("C3+V0+Z0", "rr")).isGreaterThan(1.1);
        assertThat(seconds("C3+V1+Z1", "eft") / seconds("C3+V0+Z0", "eft")).isLessThanOrEqualTo(0.87);
    }

    @Test
    void isNearWhatWasPublished() throws Exception {
        for (CSVRecord row : csv("fig-a.csv")) {
            assertThat(Double.parseDouble(row.get("mean_seconds")) / Double.parseDouble(row.get("published_seconds")))
                    .as("%s", row)
                    .isBetween(0.9, 1.1);
        }
    }

    @Test
    void timePerInstanceFallsAndFlattens() throws Exception {
        for (String policy : List.of("eft", "etf_cedr", "heft_rt")) {
            assertThat(perInstance(policy, 5) / perInstance(policy, 1))
                    .as(policy)
                    .isLessThan(0.9);
            assertThat(perInstance(policy, 10) / perInstance(policy, 5))
                    .as(policy)
                    .isBetween(0.95, 1.05);
        }
    }

    @Test
    void everyRateIsThere() throws Exception {
        assertThat(csv("fig-c-means.csv")).hasSize(4 * 4 * FigureC.RATES.size());
        Map<String, List<CSVRecord>> curves = csv("fig-c-means.csv").stream()
                .collect(Collectors.groupingBy(row -> row.get("pool") + " " + row.get("policy")));
        assertThat(curves).hasSize(16).allSatisfy((name, rows) -> {
            double first = Double.parseDouble(rows.get(0).get("mean_seconds"));
            double last = Double.parseDouble(rows.get(rows.size() - 1).get("mean_seconds"));
            assertThat(last / first).as(name).isGreaterThan(2);
        });
    }

    @Test
    void pageShowsEveryFigure() throws Exception {
        for (String name : PublishedFigures.names()) {
            assertThat(page).contains("<section id=\"" + name + "\">", "./saguaro experiment " + name);
        }
        assertThat(page).contains("13 of 13 shape criteria are met.").doesNotContain("{{", "Not finished");
        assertThat(Pattern.compile("<img src=\"data:image/").matcher(page).results())
                .hasSize(2 + 1 + 4 + 1 + 3);
        assertThat(page).doesNotContain("http://", "https://", "src=\"fig");
    }

    @Test
    void linksLeadSomewhere() {
        assertThat(Pattern.compile("href=\"([^\"#]+)\"").matcher(page).results().map(match -> match.group(1)))
                .isNotEmpty()
                .allSatisfy(link -> assertThat(folder.resolve(link)).exists());
    }

    /** Every number of the tables stands in a sheet as it is. */
    @Test
    void numbersAreThoseOfTheSheets() throws Exception {
        List<String> written = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".csv")).toList()) {
                for (CSVRecord row : csv(file.getFileName().toString())) {
                    row.forEach(written::add);
                }
            }
        }
        String tables = Pattern.compile("<table class=\"figures\">.*?</table>", Pattern.DOTALL)
                .matcher(page)
                .results()
                .map(match -> match.group().replaceAll("<caption>.*?</caption>", ""))
                .collect(Collectors.joining());
        List<String> numbers = Pattern.compile(">(\\d+\\.\\d{2,3})<")
                .matcher(tables)
                .results()
                .map(match -> match.group(1))
                .toList();
        assertThat(numbers).hasSizeGreaterThan(80).isSubsetOf(written);
    }

    @Test
    void picturesAreThere() throws Exception {
        for (String name : List.of("fig-a.png", "fig-b.png", "fig-c.png", "fig-d.png")) {
            assertThat(ImageIO.read(folder.resolve(name).toFile()).getWidth())
                    .as(name)
                    .isGreaterThan(1000);
        }
        for (String name : List.of("fig-a.svg", "fig-b.svg", "fig-c-rr.svg", "fig-d.svg")) {
            assertThat(folder.resolve(name)).content().contains("<svg");
        }
        assertThat(Files.readString(folder.resolve("fig-d.html"))).contains("object detection", "conv2d0");
    }

    @Test
    void sameSeedsGiveTheSameFiles(@TempDir Path again) throws Exception {
        PublishedFigures.make(List.of("fig-a"), "zcu102", new PublishedPolicies(), again, nowhere());
        for (String name : List.of("fig-a.csv", "fig-a.svg", "fig-a-published.svg")) {
            assertThat(again.resolve(name)).hasSameTextualContentAs(folder.resolve(name));
        }
    }

    @Test
    void saysWhatIsMissingWhenInterrupted(@TempDir Path early) throws Exception {
        Thread.currentThread().interrupt();
        PublishedFigures.Outcome stopped;
        boolean stillInterrupted;
        try {
            stopped = PublishedFigures.make(
                    List.of("fig-a", "fig-b"), "zcu102", new PublishedPolicies(), early, nowhere());
        } finally {
            stillInterrupted = Thread.interrupted();
        }
        assertThat(stopped.complete()).isFalse();
        assertThat(stopped.figures()).isZero();
        assertThat(stillInterrupted).isTrue();
        assertThat(Files.readString(early.resolve(PublishedFigures.PAGE))).contains("Not finished: fig-a, fig-b");
    }

    @Test
    void saysWhichFiguresThereAre() {
        assertThatThrownBy(() ->
                        PublishedFigures.make(List.of("fig-e"), "zcu102", new PublishedPolicies(), folder, nowhere()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no figure 'fig-e', expected one of fig-a, fig-b, fig-c, fig-d, accelerators");
    }
}
