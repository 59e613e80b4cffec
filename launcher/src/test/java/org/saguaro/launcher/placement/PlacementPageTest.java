// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.placement;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.saguaro.runtime.core.PlacementReport;

final class PlacementPageTest {

    @Test
    void everyLayerIsARowBodiesIndented() throws IOException {
        String html = page(Reports.mixed());

        assertThat(html.split("<tr data-place=", -1)).hasSize(1 + 6);
        assertThat(html)
                .contains("--depth:1\">body, ran 60 times")
                .contains("--depth:2\"><b>encoder.layers.11")
                .contains("zynq0 \u00d7 20")
                .contains("zynq-conv: runs conv2d, found aten.batch_norm.default")
                .contains("zynq0 quarantined: DMA timed out");
    }

    @Test
    void textIsEscapedAndNothingIsLeftOfTheTemplate() throws IOException {
        String html = page(Reports.mixed());

        assertThat(html).contains("<b>&lt;b&gt;&amp;&quot;norm&quot;</b>").doesNotContain("<b><b>");
        assertThat(html).doesNotContain("{{").doesNotContain("}}");
    }

    @Test
    void aLayerThatIsNotExactSaysSo() throws IOException {
        assertThat(page(Reports.inexact()))
                .contains("zynq0 in int8 \u00d7 20")
                .contains("in int8; relative error 1.0e-02 (40.0 dB) on random inputs");
    }

    @Test
    void referencesNothing() throws IOException {
        assertThat(page(Reports.mixed()))
                .doesNotContain("http")
                .doesNotContain("src=")
                .doesNotContain("<link")
                .doesNotContain("url(");
    }

    @Test
    void aNameIsNoMarkup() throws IOException {
        PlacementReport report =
                new PlacementReport("</title><script>alert(1)</script>", "'\"<>&", 0, List.of(), List.of());

        assertThat(page(report))
                .doesNotContain("<script>alert")
                .contains("&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;")
                .contains("&#39;&quot;&lt;&gt;&amp;");
    }

    @Test
    void goesToAFile(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("page.html");
        PlacementPage.write(Reports.mixed(), file);
        assertThat(Files.readString(file)).startsWith("<!DOCTYPE html>").endsWith("</html>\n");
    }

    private static String page(PlacementReport report) throws IOException {
        StringWriter out = new StringWriter();
        PlacementPage.write(report, out);
        return out.toString();
    }
}
