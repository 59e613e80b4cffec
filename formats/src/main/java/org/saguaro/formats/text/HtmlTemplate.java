// SPDX-License-Identifier: Apache-2.0
package org.saguaro.formats.text;

import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A page in a resource file with {@code {{sections}}} that code writes. */
public final class HtmlTemplate {

    /** Distinct in tone and brightness, also for the colour-blind (after Okabe and Ito), on light and on dark ground. */
    private static final List<String> COLOURS =
            List.of("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#9a8a00", "#7a6fd0");

    private final String text;

    private HtmlTemplate(String text) {
        this.text = text;
    }

    /** What writes a section of the page. */
    @FunctionalInterface
    public interface Sections {
        /**
         * Writes one section.
         *
         * @param name of the section
         * @throws IllegalStateException if there is none of that name
         */
        void write(String name, Writer out) throws IOException;
    }

    /**
     * Reads a template.
     *
     * @param owner the class beside which it lies
     */
    public static HtmlTemplate of(Class<?> owner, String resource) throws IOException {
        try (InputStream in = owner.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IOException("the resource " + resource + " is missing beside " + owner.getName());
            }
            return new HtmlTemplate(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    /** Writes the page; {@code out} is flushed, not closed. */
    public void write(Sections sections, Writer out) throws IOException {
        String[] parts = text.split("\\{\\{", -1);
        out.write(parts[0]);
        for (int i = 1; i < parts.length; i++) {
            int end = parts[i].indexOf("}}");
            sections.write(parts[i].substring(0, end), out);
            out.write(parts[i].substring(end + 2));
        }
        out.flush();
    }

    /** A colour for the n-th of several things. */
    public static String colour(int n) {
        return COLOURS.get(n % COLOURS.size());
    }

    /** Text as it may stand in an element or a quoted attribute. */
    public static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }
}
