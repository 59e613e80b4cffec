// SPDX-License-Identifier: Apache-2.0
package org.saguaro.formats.plot;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Dimension;
import java.awt.Font;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.apache.batik.svggen.SVGGraphics2D;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.saguaro.formats.text.HtmlTemplate;
import org.w3c.dom.Document;

/**
 * A plot: series of points joined by lines, or bars by category. Series are told apart by colours that the colour-blind tell apart, and by
 * markers. The same plot gives the same file. Not thread-safe.
 */
public final class Plot {

    private static final int WIDTH = 640;
    private static final int HEIGHT = 420;
    private static final String FONT = "SansSerif";
    private static final int ROW_HEIGHT = 38;
    private static final int FRAME_HEIGHT = 130;
    private static final float SPAN_HEIGHT = 22;
    private static final Color GRID = new Color(0xdd, 0xdd, 0xdd);
    private static final Marker[] MARKERS = {
        SeriesMarkers.CIRCLE,
        SeriesMarkers.SQUARE,
        SeriesMarkers.DIAMOND,
        SeriesMarkers.TRIANGLE_UP,
        SeriesMarkers.TRIANGLE_DOWN,
        SeriesMarkers.CROSS,
        SeriesMarkers.PLUS
    };

    private final String title;
    private final String xLabel;
    private final String yLabel;
    private final @Nullable List<String> categories;
    private final List<Series> series = new ArrayList<>();
    private boolean logX;
    private boolean logY;
    private boolean points;
    private boolean legend = true;
    private double yFrom = Double.NaN;
    private double yTo = Double.NaN;
    private double xUntil = Double.NaN;
    private List<String> rows = List.of();
    private int width = WIDTH;
    private int height = HEIGHT;

    /** Not a record: it has arrays. */
    private static final class Series {
        final String name;
        final double[] x;
        final double[] y;
        final boolean joined;

        Series(String name, double[] x, double[] y, boolean joined) {
            this.name = name;
            this.x = x.clone();
            this.y = y.clone();
            this.joined = joined;
        }
    }

    private Plot(String title, String xLabel, String yLabel, @Nullable List<String> categories) {
        this.title = title;
        this.xLabel = xLabel;
        this.yLabel = yLabel;
        this.categories = categories;
    }

    /** Points joined by lines. */
    public static Plot lines(String title, String xLabel, String yLabel) {
        return new Plot(title, xLabel, yLabel, null);
    }

    /** Points alone. */
    public static Plot points(String title, String xLabel, String yLabel) {
        Plot plot = new Plot(title, xLabel, yLabel, null);
        plot.points = true;
        return plot;
    }

    /** Bars: of each series one per category. */
    public static Plot bars(String title, List<String> categories, String yLabel) {
        return new Plot(title, "", yLabel, List.copyOf(categories));
    }

    /** Spans of an axis in rows, as a Gantt chart has them. */
    public static Plot rows(String title, String xLabel, List<String> rows) {
        Plot plot = new Plot(title, xLabel, "", null);
        plot.rows = List.copyOf(rows);
        return plot.size(3 * WIDTH / 2, FRAME_HEIGHT + ROW_HEIGHT * rows.size());
    }

    /**
     * Adds a series of spans, drawn in one colour.
     *
     * @param row of each, from 0 at the top
     * @throws IllegalArgumentException if the arrays differ in length, a value is not finite, or there is no such row
     */
    public Plot spans(String name, double[] from, double[] to, int[] row) {
        if (from.length != to.length || from.length != row.length) {
            throw new IllegalArgumentException(title + ", series " + name + ": found " + from.length + " begins, "
                    + to.length + " ends and " + row.length + " rows, expected as many");
        }
        requireFinite(name, from);
        requireFinite(name, to);
        // A line that is no number parts a span from the next.
        double[] x = new double[3 * from.length];
        double[] y = new double[3 * from.length];
        for (int i = 0; i < from.length; i++) {
            if (row[i] < 0 || row[i] >= rows.size()) {
                throw new IllegalArgumentException(
                        title + ", series " + name + ": found row " + row[i] + ", expected one of " + rows);
            }
            x[3 * i] = from[i];
            x[3 * i + 1] = to[i];
            x[3 * i + 2] = to[i];
            y[3 * i] = rows.size() - 1 - row[i];
            y[3 * i + 1] = y[3 * i];
            y[3 * i + 2] = Double.NaN;
        }
        series.add(new Series(name, x, y, true));
        return this;
    }

    /** Where the axis of spans ends, which begins at 0; by default where the last one does. */
    public Plot xUntil(double most) {
        xUntil = most;
        return this;
    }

    /**
     * Adds a series of points.
     *
     * @throws IllegalArgumentException if the arrays differ in length, a point is not finite, or the plot has bars
     */
    public Plot series(String name, double[] x, double[] y) {
        if (categories != null) {
            throw new IllegalArgumentException(title + ": bars have categories, not x");
        }
        if (x.length != y.length) {
            throw new IllegalArgumentException(
                    title + ", series " + name + ": found " + x.length + " x and " + y.length + " y, expected as many");
        }
        requireFinite(name, x);
        requireFinite(name, y);
        series.add(new Series(name, x, y, !points));
        return this;
    }

    /**
     * Adds a series of points that are joined by lines, also where others are points alone.
     *
     * @throws IllegalArgumentException as {@link #series(String, double[], double[])} does
     */
    public Plot joined(String name, double[] x, double[] y) {
        series(name, x, y);
        series.set(series.size() - 1, new Series(name, x, y, true));
        return this;
    }

    /**
     * Adds a series of bars.
     *
     * @param y by category
     * @throws IllegalArgumentException if there are not as many as categories, one is not finite, or the plot has no bars
     */
    public Plot series(String name, double[] y) {
        if (categories == null || y.length != categories.size()) {
            throw new IllegalArgumentException(title + ", series " + name + ": found " + y.length
                    + " values, expected one per category of "
                    + (categories == null ? "a plot of bars" : categories));
        }
        requireFinite(name, y);
        series.add(new Series(name, new double[0], y, false));
        return this;
    }

    private void requireFinite(String name, double[] values) {
        for (double value : values) {
            if (!Double.isFinite(value)) {
                throw new IllegalArgumentException(title + ", series " + name + ": found " + value);
            }
        }
    }

    /** Whether there is nothing to draw. */
    public boolean isEmpty() {
        return series.stream().allMatch(one -> one.y.length == 0);
    }

    /** A logarithmic axis; all values must be positive. */
    public Plot logX() {
        logX = true;
        return this;
    }

    /** A logarithmic axis; all values must be positive. */
    public Plot logY() {
        logY = true;
        return this;
    }

    /** Where the axis begins; by default the plot decides. */
    public Plot yFrom(double least) {
        yFrom = least;
        return this;
    }

    /** Where the axis ends; by default the plot decides. */
    public Plot yTo(double most) {
        yTo = most;
        return this;
    }

    /** Without the names of the series: for plots that stand beside others of the same series. */
    public Plot withoutLegend() {
        legend = false;
        return this;
    }

    /** In pixels; {@value #WIDTH} by {@value #HEIGHT} by default. */
    public Plot size(int pixelsWide, int pixelsHigh) {
        width = pixelsWide;
        height = pixelsHigh;
        return this;
    }

    /** Writes a vector graphic. */
    public void writeSvg(Path file) throws IOException {
        Document document;
        try {
            document = DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .getDOMImplementation()
                    .createDocument(SVGGraphics2D.SVG_NAMESPACE_URI, "svg", null);
        } catch (ParserConfigurationException e) {
            throw new IllegalStateException("every Java has an XML parser", e);
        }
        SVGGraphics2D graphics = new SVGGraphics2D(document);
        graphics.setSVGCanvasSize(new Dimension(width, height));
        try (Writer out = Files.newBufferedWriter(file)) {
            chart().paint(graphics, width, height);
            graphics.stream(out, true);
        } catch (NoClassDefFoundError | InternalError e) {
            throw noFonts(file, e);
        } finally {
            graphics.dispose();
        }
    }

    /** Writes an image, of twice the pixels of its {@linkplain #size size} in each direction. */
    public void writePng(Path file) throws IOException {
        writeFacets(List.of(List.of(this)), file);
    }

    /**
     * Writes several plots as one image.
     *
     * @param rows of plots, all as large as the first one
     */
    public static void writeFacets(List<List<Plot>> rows, Path png) throws IOException {
        Plot first = rows.get(0).get(0);
        int columns = rows.stream().mapToInt(List::size).max().orElse(1);
        BufferedImage whole = new BufferedImage(
                2 * first.width * columns, 2 * first.height * rows.size(), BufferedImage.TYPE_INT_RGB);
        var graphics = whole.createGraphics();
        try {
            graphics.setColor(Color.WHITE);
            graphics.fillRect(0, 0, whole.getWidth(), whole.getHeight());
            graphics.scale(2, 2);
            for (int row = 0; row < rows.size(); row++) {
                for (int column = 0; column < rows.get(row).size(); column++) {
                    Plot plot = rows.get(row).get(column);
                    var part = (java.awt.Graphics2D) graphics.create();
                    part.translate(column * first.width, row * first.height);
                    plot.chart().paint(part, first.width, first.height);
                    part.dispose();
                }
            }
        } catch (NoClassDefFoundError | InternalError e) {
            throw noFonts(png, e);
        } finally {
            graphics.dispose();
        }
        try (OutputStream out = Files.newOutputStream(png)) {
            ImageIO.write(whole, "png", out);
        }
    }

    /** A JRE without fonts fails like that, in a static initialiser. */
    private static IOException noFonts(Path file, Error e) {
        return new IOException(
                file + ": cannot be drawn, because this Java finds no fonts (" + e.getMessage()
                        + "); install fontconfig and a font (on Debian: apt-get install fontconfig fonts-dejavu-core)",
                e);
    }

    private Chart<?, ?> chart() {
        return categories == null ? curves() : bars(categories);
    }

    private XYChart curves() {
        XYChart chart = new XYChartBuilder()
                .width(width)
                .height(height)
                .title(title)
                .xAxisTitle(xLabel)
                .yAxisTitle(yLabel)
                .build();
        style(chart.getStyler());
        chart.getStyler().setXAxisLogarithmic(logX);
        for (int i = 0; i < series.size(); i++) {
            Series one = series.get(i);
            if (one.y.length == 0) {
                continue;
            }
            XYSeries drawn = chart.addSeries(one.name, one.x, one.y);
            // By position, so that a series without points changes no colour of the others.
            Color colour = Color.decode(HtmlTemplate.colour(i));
            drawn.setMarker(rows.isEmpty() ? MARKERS[i % MARKERS.length] : SeriesMarkers.NONE);
            drawn.setMarkerColor(colour);
            drawn.setLineColor(colour);
            drawn.setLineStyle(
                    rows.isEmpty()
                            ? new BasicStroke(2)
                            : new BasicStroke(SPAN_HEIGHT, BasicStroke.CAP_BUTT, BasicStroke.JOIN_BEVEL));
            if (!one.joined) {
                drawn.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter);
            }
        }
        if (!rows.isEmpty()) {
            chart.getStyler().setYAxisMin(-0.5).setYAxisMax(rows.size() - 0.5).setXAxisMin(0.0);
            chart.getStyler().setYAxisTickMarkSpacingHint(ROW_HEIGHT - 2);
            chart.getStyler().setPlotGridVerticalLinesVisible(true);
            chart.getStyler().setPlotGridHorizontalLinesVisible(false);
            chart.setCustomYAxisTickLabelsFormatter(this::rowName);
            if (!Double.isNaN(xUntil)) {
                chart.getStyler().setXAxisMax(xUntil);
            }
        }
        return chart;
    }

    /** Blank between rows. No two may be the same, or XChart leaves them all out. */
    private String rowName(double y) {
        long row = rows.size() - 1 - Math.round(y);
        boolean isRow = Math.abs(y - Math.rint(y)) < 1e-6 && row >= 0 && row < rows.size();
        return isRow ? rows.get((int) row) : " ".repeat((int) Math.max(1, Math.round(2 * y + 2)));
    }

    private CategoryChart bars(List<String> names) {
        CategoryChart chart = new CategoryChartBuilder()
                .width(width)
                .height(height)
                .title(title)
                .yAxisTitle(yLabel)
                .build();
        style(chart.getStyler());
        chart.getStyler().setAvailableSpaceFill(0.8);
        for (Series one : series) {
            List<Double> values = new ArrayList<>();
            for (double y : one.y) {
                values.add(y);
            }
            chart.addSeries(one.name, names, values);
        }
        return chart;
    }

    private void style(AxesChartStyler styler) {
        Color[] colours = new Color[Math.max(1, series.size())];
        for (int i = 0; i < colours.length; i++) {
            colours[i] = Color.decode(HtmlTemplate.colour(i));
        }
        styler.setSeriesColors(colours);
        styler.setChartBackgroundColor(Color.WHITE);
        styler.setPlotBackgroundColor(Color.WHITE);
        styler.setPlotBorderVisible(false);
        styler.setPlotGridLinesColor(GRID);
        styler.setPlotGridVerticalLinesVisible(false);
        styler.setChartTitleBoxVisible(false);
        styler.setChartTitleFont(new Font(FONT, Font.BOLD, 14));
        styler.setAxisTitleFont(new Font(FONT, Font.PLAIN, 12));
        styler.setAxisTickLabelsFont(new Font(FONT, Font.PLAIN, 11));
        styler.setLegendFont(new Font(FONT, Font.PLAIN, 11));
        styler.setLegendPosition(LegendPosition.OutsideE);
        styler.setLegendBorderColor(Color.WHITE);
        styler.setLegendVisible(legend && series.size() > 1);
        styler.setMarkerSize(6);
        styler.setYAxisLogarithmic(logY);
        styler.setLocale(java.util.Locale.ROOT);
        if (!Double.isNaN(yFrom)) {
            styler.setYAxisMin(yFrom);
        }
        if (!Double.isNaN(yTo)) {
            styler.setYAxisMax(yTo);
        }
    }
}
