// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.monitor;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lines in a file of bounded size: {@code name.csv}, and before it {@code name.1.csv}, {@code name.2.csv}, ... A file that cannot be
 * written costs its lines and nothing else; it is tried again from time to time. Not thread-safe.
 */
final class RotatingFile implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RotatingFile.class);

    /** Lines lost between two tries. */
    private static final int LINES_PER_TRY = 60;

    private final Path path;
    private final long largestBytes;
    private final int kept;
    private @Nullable Writer writer;
    private long writtenBytes;
    private long lostLines;

    /**
     * @param largestBytes of one file
     * @param kept how many older ones stay beside it
     */
    RotatingFile(Path path, long largestBytes, int kept) {
        this.path = path;
        this.largestBytes = largestBytes;
        this.kept = kept;
    }

    /**
     * Appends a line.
     *
     * @param header first line of each file; null for none
     */
    void line(String line, @Nullable String header) {
        if (writer == null && lostLines % LINES_PER_TRY != 0) {
            lostLines++;
            return;
        }
        try {
            if (writer != null && writtenBytes + line.length() + 1 > largestBytes) {
                close();
            }
            if (writer == null) {
                open(header);
            }
            write(line);
            if (lostLines > 0) {
                LOG.info("{} is written again; {} lines are missing", path, lostLines);
                lostLines = 0;
            }
        } catch (IOException e) {
            if (lostLines++ == 0) {
                LOG.warn("{} cannot be written, its lines are lost until it can: {}", path, e.toString());
            }
            close();
        }
    }

    /** The next line begins a new file. */
    void beginNew() {
        close();
    }

    private void open(@Nullable String header) throws IOException {
        if (Files.isRegularFile(path) && Files.size(path) > 0) {
            rotate();
        } else if (path.getParent() != null) {
            Files.createDirectories(path.getParent());
        }
        writer = new BufferedWriter(Files.newBufferedWriter(
                path, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
        writtenBytes = 0;
        if (header != null) {
            write(header);
        }
    }

    private void rotate() throws IOException {
        if (kept == 0) {
            Files.delete(path);
            return;
        }
        for (int older = kept; older > 1; older--) {
            if (Files.exists(numbered(older - 1))) {
                Files.move(numbered(older - 1), numbered(older), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        Files.move(path, numbered(1), StandardCopyOption.REPLACE_EXISTING);
    }

    private Path numbered(int number) {
        String name = path.getFileName().toString();
        int dot = name.lastIndexOf('.');
        String stem = dot <= 0 ? name : name.substring(0, dot);
        String ending = dot <= 0 ? "" : name.substring(dot);
        return path.resolveSibling(String.format(Locale.ROOT, "%s.%d%s", stem, number, ending));
    }

    /** Each line reaches the system at once: whoever follows the file sees it, and a full disk shows. */
    private void write(String line) throws IOException {
        Writer open = writer;
        if (open == null) {
            throw new IOException("it is not open");
        }
        open.write(line);
        open.write('\n');
        open.flush();
        writtenBytes += line.getBytes(StandardCharsets.UTF_8).length + 1;
    }

    @Override
    public void close() {
        Writer open = writer;
        writer = null;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                LOG.debug("{}: closing failed; every line was flushed before", path, e);
            }
        }
    }
}
