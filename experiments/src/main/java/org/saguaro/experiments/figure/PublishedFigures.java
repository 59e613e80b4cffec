// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.figure;

import java.io.IOException;
import java.io.PrintStream;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.saguaro.experiments.Policies;
import org.saguaro.experiments.pool.PoolException;
import org.saguaro.formats.progress.Progress;

/**
 * The published experiments in the simulator: tables as CSV, plots as SVG and PNG, and one page that lays ours beside what was published and
 * checks the shape criterion by criterion. Equal seeds and pools give equal files.
 */
public final class PublishedFigures {

    /** The page, in the folder of the results. */
    public static final String PAGE = "index.html";

    private static final List<Figure> ALL =
            List.of(new FigureA(), new FigureB(), new FigureC(), new FigureD(), new Accelerators());

    private PublishedFigures() {}

    /**
     * What came out.
     *
     * @param complete whether all runs have ended; if not, the thread was interrupted
     * @param figures how many are complete
     * @param criteria how many were checked
     * @param met how many of those are met
     */
    public record Outcome(boolean complete, int figures, int criteria, int met) {}

    /** {@code fig-a} and so on. */
    public static List<String> names() {
        return ALL.stream().map(Figure::id).toList();
    }

    /**
     * Simulates figures, on all cores. If this thread is interrupted, what is finished is written, the page says what is missing, and the
     * thread stays interrupted.
     *
     * @param names of figures
     * @param pool name or file of the platform, with types of PEs C, F, V and Z
     * @param folder is made if it is not there
     * @param err where progress is shown
     * @throws IllegalArgumentException if there is no figure of a name
     */
    public static Outcome make(List<String> names, String pool, Policies policies, Path folder, PrintStream err)
            throws IOException, PoolException {
        for (String name : names) {
            if (!names().contains(name)) {
                throw new IllegalArgumentException(
                        "no figure '" + name + "', expected one of " + String.join(", ", names()));
            }
        }
        List<Figure> figures =
                ALL.stream().filter(figure -> names.contains(figure.id())).toList();
        Files.createDirectories(folder);
        Platform platform = new Platform(pool);
        List<Section> sections = new ArrayList<>();
        int total = figures.stream().mapToInt(Figure::runs).sum();
        page(names, pool, sections, folder);
        boolean interrupted = false;
        try (Progress progress = Progress.start("simulating", total, err)) {
            Runs runs = new Runs(policies, progress);
            for (Figure figure : figures) {
                if (!Thread.currentThread().isInterrupted()) {
                    progress.note(figure.id());
                    Section section = figure.make(platform, runs, folder);
                    for (Sheet sheet : section.sheets()) {
                        sheet.write(folder);
                    }
                    sections.add(section);
                    page(names, pool, sections, folder);
                }
            }
            interrupted = Thread.currentThread().isInterrupted();
        }
        if (interrupted) {
            // The end of the progress bar swallows it.
            Thread.currentThread().interrupt();
        }
        return outcome(figures.size(), sections);
    }

    private static Outcome outcome(int wanted, List<Section> sections) {
        List<Criterion> criteria = sections.stream()
                .flatMap(section -> section.criteria().stream())
                .toList();
        int complete = (int) sections.stream().filter(Section::complete).count();
        return new Outcome(complete == wanted, complete, criteria.size(), (int)
                criteria.stream().filter(Criterion::met).count());
    }

    private static void page(List<String> names, String pool, List<Section> sections, Path folder) throws IOException {
        Sheet criteria = new Sheet("criteria.csv", "figure", "criterion", "published", "ours", "met");
        for (Section section : sections) {
            section.criteria()
                    .forEach(each -> criteria.row(
                            section.id(), each.text(), each.published(), each.ours(), each.met() ? "yes" : "no"));
        }
        criteria.write(folder);
        try (Writer out = Files.newBufferedWriter(folder.resolve(PAGE))) {
            new FigurePage(names, pool, sections, folder).write(out);
        }
    }
}
