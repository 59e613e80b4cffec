// SPDX-License-Identifier: Apache-2.0
package org.saguaro.formats.plot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlotTest {

    @TempDir
    Path folder;

    private static Plot curves() {
        return Plot.lines("Latency over rate", "rate (Mbps)", "mean latency (ms)")
                .series("eft", new double[] {10, 100, 1000}, new double[] {1, 2, 40})
                .series("rr", new double[] {10, 100, 1000}, new double[] {1.5, 8, 90})
                .logX();
    }

    private static Plot bars() {
        return Plot.bars("Execution time", List.of("C3", "C3+V1"), "s")
                .series("rr", new double[] {7.5, 10.1})
                .series("eft", new double[] {7.5, 6.4})
                .yFrom(0);
    }

    @Test
    void drawsVectors() throws IOException {
        Path svg = folder.resolve("a.svg");
        curves().writeSvg(svg);
        // Letters are paths too, so that they need no font.
        assertThat(coloursOf(svg)).contains("rgb(0,114,178)", "rgb(230,159,0)");
        bars().writeSvg(svg);
        assertThat(coloursOf(svg)).contains("rgb(0,114,178)", "rgb(230,159,0)");
    }

    private static List<String> coloursOf(Path svg) throws IOException {
        return Pattern.compile("rgb\\([0-9,]+\\)")
                .matcher(Files.readString(svg))
                .results()
                .map(MatchResult::group)
                .distinct()
                .toList();
    }

    @Test
    void theSamePlotGivesTheSameFile() throws IOException {
        Path one = folder.resolve("one.svg");
        Path other = folder.resolve("other.svg");
        curves().writeSvg(one);
        curves().writeSvg(other);
        assertThat(other).hasSameTextualContentAs(one);
    }

    @Test
    void drawsEachSeriesInItsColour() throws IOException {
        Path png = folder.resolve("a.png");
        Plot.writeFacets(List.of(List.of(curves(), bars()), List.of(bars())), png);
        BufferedImage image = ImageIO.read(png.toFile());
        assertThat(image.getWidth()).isEqualTo(2 * 2 * 640);
        assertThat(image.getHeight()).isEqualTo(2 * 2 * 420);
        // A quarter each, of which the last one stays white.
        assertThat(colours(image, 0, 0)).contains(0x0072b2, 0xe69f00);
        assertThat(colours(image, 1280, 0)).contains(0x0072b2, 0xe69f00);
        assertThat(colours(image, 0, 840)).contains(0x0072b2, 0xe69f00);
        assertThat(colours(image, 1280, 840)).containsExactly(0xffffff);
    }

    private static Set<Integer> colours(BufferedImage image, int x, int y) {
        Set<Integer> colours = new HashSet<>();
        for (int i = 0; i < 1280; i++) {
            for (int j = 0; j < 840; j++) {
                colours.add(image.getRGB(x + i, y + j) & 0xffffff);
            }
        }
        return colours;
    }

    /** Two rows, three spans: what is between them stays white, and the rows have their names. */
    @Test
    void drawsSpansInTheirRows() throws IOException {
        Path png = folder.resolve("rows.png");
        Plot.rows("What ran where", "s", List.of("cpu0", "fft0"))
                .spans("a", new double[] {0, 6}, new double[] {4, 10}, new int[] {0, 0})
                .spans("b", new double[] {0}, new double[] {10}, new int[] {1})
                .xUntil(10)
                .writePng(png);
        BufferedImage image = ImageIO.read(png.toFile());
        String upper = colourRuns(image, row(image, 0x0072b2));
        String lower = colourRuns(image, row(image, 0xe69f00));
        assertThat(upper).as("a span, a gap, a span").contains("aa aa");
        assertThat(lower).as("one span").contains("bbbb").doesNotContain("a");
        assertThat(row(image, 0x0072b2)).as("the first row is above").isLessThan(row(image, 0xe69f00));
    }

    /** The line of pixels with most of that colour, the legend apart. */
    private static int row(BufferedImage image, int colour) {
        int best = 0;
        int most = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            int count = 0;
            for (int x = 0; x < image.getWidth(); x++) {
                count += (image.getRGB(x, y) & 0xffffff) == colour ? 1 : 0;
            }
            if (count > most) {
                most = count;
                best = y;
            }
        }
        return best;
    }

    /** A letter for every 100 pixels or less of one colour: a, b, blank for white. */
    private static String colourRuns(BufferedImage image, int y) {
        StringBuilder runs = new StringBuilder();
        int length = 0;
        int before = 0;
        for (int x = 0; x < image.getWidth(); x++) {
            int colour = image.getRGB(x, y) & 0xffffff;
            length = colour == before ? length + 1 : 0;
            before = colour;
            if (length == 100) {
                runs.append(colour == 0x0072b2 ? 'a' : colour == 0xe69f00 ? 'b' : ' ');
                length = 0;
            }
        }
        return runs.toString();
    }

    @Test
    void refusesSpansThatCannotBeDrawn() {
        Plot plot = Plot.rows("What ran where", "s", List.of("cpu0"));
        assertThatThrownBy(() -> plot.spans("a", new double[1], new double[1], new int[] {1}))
                .hasMessage("What ran where, series a: found row 1, expected one of [cpu0]");
        assertThatThrownBy(() -> plot.spans("a", new double[1], new double[2], new int[1]))
                .hasMessageContaining("found 1 begins, 2 ends and 1 rows, expected as many");
    }

    @Test
    void refusesWhatCannotBeDrawn() {
        assertThatThrownBy(() -> curves().series("short", new double[2], new double[3]))
                .hasMessage("Latency over rate, series short: found 2 x and 3 y, expected as many");
        assertThatThrownBy(() -> curves().series("none", new double[] {1}, new double[] {Double.NaN}))
                .hasMessage("Latency over rate, series none: found NaN");
        assertThatThrownBy(() -> bars().series("met", new double[3]))
                .hasMessage("Execution time, series met: found 3 values, expected one per category of [C3, C3+V1]");
        assertThatThrownBy(() -> bars().series("met", new double[2], new double[2]))
                .hasMessage("Execution time: bars have categories, not x");
    }
}
