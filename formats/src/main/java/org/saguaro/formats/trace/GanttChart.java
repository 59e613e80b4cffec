// SPDX-License-Identifier: Apache-2.0
package org.saguaro.formats.trace;

import static org.saguaro.formats.text.HtmlTemplate.escape;

import java.io.IOException;
import java.io.Writer;
import java.util.List;
import java.util.Locale;
import org.saguaro.formats.text.Figures;
import org.saguaro.formats.text.HtmlTemplate;
import org.saguaro.runtime.core.TaskRecord;

/**
 * Writes task records as one HTML file without references to others: PEs as rows, tasks as SVG rectangles coloured by
 * application, a time axis, what a task is as its tool tip, figures per PE and application below. The wheel zooms, dragging
 * moves; without JavaScript the whole span is shown.
 */
public final class GanttChart {

    private static final String TEMPLATE = "gantt.html";

    /** Space of a row of height 1 that a task fills. */
    private static final double BAR_TOP = 0.12;

    private static final double BAR_HEIGHT = 0.76;

    private GanttChart() {}

    /**
     * Writes the chart.
     *
     * @param title of the page
     * @param out not closed
     */
    public static void write(String title, List<TaskRecord> records, Writer out) throws IOException {
        write(title, "tasks", records, out);
    }

    /**
     * Writes the chart of records that stand for other things than single tasks.
     *
     * @param unit what a record is, in the plural
     */
    public static void write(String title, String unit, List<TaskRecord> records, Writer out) throws IOException {
        Timeline timeline = Timeline.of(records);
        HtmlTemplate.of(GanttChart.class, TEMPLATE)
                .write((name, target) -> section(name, title, unit, timeline, target), out);
    }

    private static void section(String name, String title, String unit, Timeline timeline, Writer out)
            throws IOException {
        switch (name) {
            case "title" -> out.write(escape(title));
            case "unit" -> out.write(escape(unit));
            case "summary" -> out.write(escape(summary(timeline, unit)));
            case "legend" -> legend(timeline, out);
            case "peLabels" -> peLabels(timeline, out);
            case "span" -> out.write(number(Math.max(timeline.spanMicros(), 1e-3)));
            case "rowCount" ->
                out.write(Integer.toString(Math.max(1, timeline.peIds().size())));
            case "rows" -> rows(timeline, out);
            case "tasks" -> tasks(timeline, out);
            case "marks" -> marks(timeline, out);
            case "peTable" -> peTable(timeline, out);
            case "applicationTable" -> applicationTable(timeline, out);
            default -> throw new IllegalStateException("the template asks for " + name);
        }
    }

    private static String summary(Timeline timeline, String unit) {
        if (timeline.records().isEmpty()) {
            return "No task has run.";
        }
        long requests = timeline.records().stream()
                .map(r -> r.application() + "/" + r.requestId())
                .distinct()
                .count();
        return timeline.records().size() + " " + unit + " of " + requests + " requests on "
                + timeline.peIds().size() + " processing elements in "
                + Figures.duration(timeline.endNanos() - timeline.originNanos());
    }

    private static void legend(Timeline timeline, Writer out) throws IOException {
        for (String application : timeline.applications()) {
            out.write("<span class=\"key\"><i style=\"background:" + colour(timeline, application) + "\"></i>"
                    + escape(application) + "</span>\n");
        }
        if (timeline.records().stream().anyMatch(r -> r.outcome() != TaskRecord.Outcome.COMPLETED)) {
            out.write("<span class=\"key\"><i class=\"bad\"></i>failed or abandoned, placed again</span>\n");
        }
    }

    private static void peLabels(Timeline timeline, Writer out) throws IOException {
        for (String pe : timeline.peIds()) {
            out.write("<div>" + escape(pe) + "</div>\n");
        }
    }

    private static void rows(Timeline timeline, Writer out) throws IOException {
        for (int row = 0; row < timeline.peIds().size(); row += 2) {
            out.write("<rect class=\"row\" x=\"0\" y=\"" + row + "\" width=\""
                    + number(Math.max(timeline.spanMicros(), 1e-3)) + "\" height=\"1\"/>\n");
        }
    }

    private static void tasks(Timeline timeline, Writer out) throws IOException {
        for (String application : timeline.applications()) {
            out.write("<g fill=\"" + colour(timeline, application) + "\">\n");
            for (TaskRecord task : timeline.records()) {
                if (task.application().equals(application)) {
                    task(timeline, task, out);
                }
            }
            out.write("</g>\n");
        }
    }

    private static void task(Timeline timeline, TaskRecord task, Writer out) throws IOException {
        boolean bad = task.outcome() != TaskRecord.Outcome.COMPLETED;
        // Neighbours of one application are told apart by their requests' shades.
        String classes = bad ? " class=\"bad\"" : task.requestId() % 2 == 0 ? "" : " class=\"odd\"";
        out.write("<rect" + classes + " x=\"" + number(timeline.micros(task.startedNanos())) + "\" y=\""
                + number(timeline.peIds().indexOf(task.peId()) + BAR_TOP) + "\" width=\""
                + number((task.finishedNanos() - task.startedNanos()) / 1e3) + "\" height=\"" + BAR_HEIGHT
                + "\"><title>" + escape(toolTip(timeline, task)) + "</title></rect>\n");
    }

    private static String toolTip(Timeline timeline, TaskRecord task) {
        return task.layers() + "\n" + task.application() + ", request " + task.requestId() + ", task " + task.task()
                + "\n" + task.peId() + " at "
                + Figures.duration(task.startedNanos() - timeline.originNanos()) + " for "
                + Figures.duration(task.finishedNanos() - task.startedNanos()) + ", waited "
                + Figures.duration(Math.max(0, task.startedNanos() - task.readyNanos()))
                + (task.outcome() == TaskRecord.Outcome.COMPLETED
                        ? ""
                        : "\n" + task.outcome().name().toLowerCase(Locale.ROOT) + ", placed again");
    }

    private static void marks(Timeline timeline, Writer out) throws IOException {
        double span = Math.max(timeline.spanMicros(), 1e-3);
        for (TimeAxis.Mark mark : TimeAxis.marks(timeline.spanMicros())) {
            out.write("<div style=\"left:" + number(100 * mark.micros() / span) + "%\">" + mark.label() + "</div>\n");
        }
    }

    private static void peTable(Timeline timeline, Writer out) throws IOException {
        double span = timeline.endNanos() - timeline.originNanos();
        for (String pe : timeline.peIds()) {
            List<TaskRecord> tasks =
                    timeline.records().stream().filter(r -> r.peId().equals(pe)).toList();
            long busy = tasks.stream()
                    .mapToLong(r -> r.finishedNanos() - r.startedNanos())
                    .sum();
            tableRow(out, pe, Integer.toString(tasks.size()), Figures.duration(busy), Figures.percent(busy / span));
        }
    }

    private static void applicationTable(Timeline timeline, Writer out) throws IOException {
        for (String application : timeline.applications()) {
            List<TaskRecord> tasks = timeline.records().stream()
                    .filter(r -> r.application().equals(application))
                    .toList();
            long requests = tasks.stream().map(TaskRecord::requestId).distinct().count();
            long busy = tasks.stream()
                    .mapToLong(r -> r.finishedNanos() - r.startedNanos())
                    .sum();
            long waited = tasks.stream()
                    .mapToLong(r -> r.startedNanos() - r.readyNanos())
                    .sum();
            tableRow(
                    out,
                    application,
                    Long.toString(requests),
                    Integer.toString(tasks.size()),
                    Figures.duration(busy / requests),
                    Figures.duration(waited / requests));
        }
    }

    private static void tableRow(Writer out, String... cells) throws IOException {
        out.write("<tr><th>" + escape(cells[0]) + "</th>");
        for (int i = 1; i < cells.length; i++) {
            out.write("<td>" + escape(cells[i]) + "</td>");
        }
        out.write("</tr>\n");
    }

    private static String colour(Timeline timeline, String application) {
        return HtmlTemplate.colour(timeline.applications().indexOf(application));
    }

    private static String number(double value) {
        String text = String.format(Locale.ROOT, "%.3f", value);
        return text.endsWith(".000") ? text.substring(0, text.length() - 4) : text;
    }
}
