// SPDX-License-Identifier: Apache-2.0
package org.saguaro.formats.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.saguaro.runtime.core.TaskRecord;

final class GanttChartTest {

    @Test
    void everyTaskIsARectangleInItsRow() throws IOException {
        String html = chart(Records.many(10_000));

        assertThat(html.split("</title></rect>", -1)).hasSize(10_001);
        assertThat(html).contains("<div>cpu2</div>\n<div>cpu3</div>").contains("10000 tasks of 10000 requests on 12");
        assertThat(html.indexOf("<div>cpu9</div>")).isLessThan(html.indexOf("<div>cpu10</div>"));
    }

    @Test
    void textIsEscapedAndNothingIsLeftOfTheTemplate() throws IOException {
        String html = chart(Records.many(5));

        assertThat(html).contains("features.0 .. &lt;3&gt;").contains("a&amp;b").doesNotContain("<3>");
        assertThat(html)
                .doesNotContain("{{")
                .doesNotContain("}}")
                .doesNotContain("http://local")
                .doesNotContain("src=");
    }

    @Test
    void failedTasksStandOut() throws IOException {
        TaskRecord good = Records.task(2, "a", "cpu0", 1_000_000, 1_000);
        TaskRecord failed = new TaskRecord(2, "a", 0, "conv", "zynq0", 1, 2, 3, 4, TaskRecord.Outcome.FAILED);

        assertThat(chart(List.of(good, failed))).contains("<rect class=\"bad\"").contains("failed, placed again");
        assertThat(chart(List.of(good))).doesNotContain("<rect class=\"bad\"").doesNotContain("placed again");
    }

    @Test
    void noTasksGiveAPageThatSaysSo() throws IOException {
        assertThat(chart(List.of())).contains("No task has run.");
    }

    @Test
    void recordsMayStandForOtherThingsThanTasks() throws IOException {
        StringWriter out = new StringWriter();
        GanttChart.write("title", "bars", Records.many(5), out);

        assertThat(out.toString()).contains("5 bars of 5 requests", "<th>bars</th>").doesNotContain("<th>tasks</th>");
    }

    private static String chart(List<TaskRecord> records) throws IOException {
        StringWriter out = new StringWriter();
        GanttChart.write("A <title>", records, out);
        return out.toString();
    }
}
