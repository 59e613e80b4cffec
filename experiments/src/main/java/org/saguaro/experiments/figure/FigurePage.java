// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.figure;

import static org.saguaro.formats.text.HtmlTemplate.escape;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.saguaro.experiments.figure.Section.PageTable;
import org.saguaro.experiments.figure.Section.Picture;
import org.saguaro.formats.text.HtmlTemplate;

/** The page about all figures, one file without references to others but for links. */
final class FigurePage {

    private static final String TEMPLATE = "figures.html";

    private final List<String> wanted;
    private final String pool;
    private final List<Section> sections;
    private final Path folder;

    /**
     * @param wanted ids of the figures that were asked for
     * @param folder where the pictures are
     */
    FigurePage(List<String> wanted, String pool, List<Section> sections, Path folder) {
        this.wanted = List.copyOf(wanted);
        this.pool = pool;
        this.sections = List.copyOf(sections);
        this.folder = folder;
    }

    void write(Writer out) throws IOException {
        HtmlTemplate.of(FigurePage.class, TEMPLATE).write(this::part, out);
    }

    private void part(String name, Writer out) throws IOException {
        switch (name) {
            case "pool" -> out.write(escape(pool));
            case "verdict" -> verdict(out);
            case "summary" -> summary(out);
            case "sections" -> {
                for (Section section : sections) {
                    section(section, out);
                }
            }
            default -> throw new IllegalStateException("the template asks for " + name);
        }
    }

    private void verdict(Writer out) throws IOException {
        List<Criterion> all =
                sections.stream().flatMap(each -> each.criteria().stream()).toList();
        long met = all.stream().filter(Criterion::met).count();
        out.write(met + " of " + all.size() + " shape criteria are met.");
        List<String> missing = new ArrayList<>(wanted);
        sections.stream().filter(Section::complete).forEach(each -> missing.remove(each.id()));
        if (!missing.isEmpty()) {
            out.write(" <strong>Not finished: " + escape(String.join(", ", missing)) + ".</strong>");
        }
    }

    private void summary(Writer out) throws IOException {
        for (Section section : sections) {
            for (Criterion criterion : section.criteria()) {
                out.write("<tr><td><a href=\"#" + section.id() + "\">" + escape(section.id()) + "</a></td><td>"
                        + escape(criterion.text()) + "</td>" + mark(criterion) + "</tr>\n");
            }
        }
    }

    private static String mark(Criterion criterion) {
        return criterion.met() ? "<td class=\"met\">met</td>" : "<td class=\"not\">not met</td>";
    }

    private void section(Section section, Writer out) throws IOException {
        out.write("<section id=\"" + section.id() + "\">\n<h2>" + escape(section.title()) + "</h2>\n<p>"
                + escape(section.about()) + "</p>\n");
        if (!section.complete()) {
            out.write("<p><strong>Stopped before all runs had ended; the sheet has those that had.</strong></p>\n");
        }
        out.write("<div class=\"pictures\">\n");
        for (Picture picture : section.pictures()) {
            picture(picture, out);
        }
        out.write("</div>\n");
        criteria(section.criteria(), out);
        for (PageTable table : section.tables()) {
            if (!table.rows().isEmpty()) {
                table(table, out);
            }
        }
        if (!section.notes().isEmpty()) {
            out.write("<h3>What differs, and why</h3>\n<ul>\n");
            for (String note : section.notes()) {
                out.write("<li>" + escape(note) + "</li>\n");
            }
            out.write("</ul>\n");
        }
        out.write("<p class=\"again\">Again: <code>./saguaro experiment " + section.id() + "</code>");
        for (Sheet sheet : section.sheets()) {
            out.write(" &middot; <a href=\"" + sheet.file() + "\">" + sheet.file() + "</a>");
        }
        out.write("</p>\n</section>\n");
    }

    private void picture(Picture picture, Writer out) throws IOException {
        String image = Base64.getEncoder().encodeToString(Files.readAllBytes(folder.resolve(picture.file())));
        out.write("<figure><img src=\"data:" + (picture.file().endsWith(".png") ? "image/png" : "image/svg+xml")
                + ";base64," + image + "\" alt=\"" + escape(picture.caption()) + "\"><figcaption>"
                + escape(picture.caption()));
        if (!picture.link().isEmpty()) {
            out.write(": <a href=\"" + escape(picture.link()) + "\">to zoom and drag</a>");
        }
        out.write("</figcaption></figure>\n");
    }

    private static void criteria(List<Criterion> criteria, Writer out) throws IOException {
        if (criteria.isEmpty()) {
            return;
        }
        out.write("<div class=\"wide\"><table><caption>Shape</caption>"
                + "<tr><th>criterion</th><th>published</th><th>ours</th><th></th></tr>\n");
        for (Criterion criterion : criteria) {
            out.write("<tr><td>" + escape(criterion.text()) + "</td><td>" + escape(criterion.published()) + "</td><td>"
                    + escape(criterion.ours()) + "</td>" + mark(criterion) + "</tr>\n");
        }
        out.write("</table></div>\n");
    }

    private static void table(PageTable table, Writer out) throws IOException {
        out.write(
                "<div class=\"wide\"><table class=\"figures\"><caption>" + escape(table.caption()) + "</caption><tr>");
        for (String column : table.columns()) {
            out.write("<th>" + escape(column) + "</th>");
        }
        out.write("</tr>\n");
        for (List<String> row : table.rows()) {
            out.write("<tr>");
            for (int i = 0; i < row.size(); i++) {
                String[] lines = row.get(i).split("\n", 2);
                out.write((i == 0 ? "<th>" : "<td>")
                        + escape(lines[0])
                        + (lines.length > 1 ? "<small>" + escape(lines[1]) + "</small>" : "")
                        + (i == 0 ? "</th>" : "</td>"));
            }
            out.write("</tr>\n");
        }
        out.write("</table></div>\n");
    }
}
