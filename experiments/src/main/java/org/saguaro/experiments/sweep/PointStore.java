// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.sweep;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/**
 * The CSV of a sweep while it grows. The rows of a point are appended at once when it is complete, whichever is complete first; at the end
 * the points are put in order. Whatever killed the process before, opening the file keeps the points that are complete and cuts off a
 * half-written one. Thread-safe; one process at a time.
 */
final class PointStore implements Closeable {

    private static final CSVFormat FORMAT =
            CSVFormat.RFC4180.builder().setRecordSeparator("\n").get();
    private static final long MISSING = -1;

    private final Path file;
    private final SweepPlan plan;
    private final String header;
    private final FileChannel channel;
    /** Where the rows of each point begin; {@link #MISSING} for points that are not there. */
    private final long[] offsets;

    private final int[] lengths;
    private int complete;
    private int last = -1;
    private boolean ordered = true;
    private long end;

    private PointStore(Path file, SweepPlan plan, FileChannel channel) {
        this.file = file;
        this.plan = plan;
        this.header = line(PointRows.header(plan.peTypes()));
        this.channel = channel;
        this.offsets = new long[plan.size()];
        this.lengths = new int[plan.size()];
        Arrays.fill(offsets, MISSING);
    }

    /**
     * Opens or makes the file.
     *
     * @throws SweepException if it is of another sweep, damaged, or in use
     */
    static PointStore open(Path file, SweepPlan plan) throws IOException, SweepException {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            lock(file, channel);
            PointStore store = new PointStore(file, plan, channel);
            store.recover();
            return store;
        } catch (IOException | SweepException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * Makes sure that nobody writes the file, if it is there.
     *
     * @throws SweepException if somebody does
     */
    static void requireUnused(Path file) throws IOException, SweepException {
        if (Files.exists(file)) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                lock(file, channel);
            }
        }
    }

    /** Released when the channel is closed, or the process ends. */
    private static void lock(Path file, FileChannel channel) throws IOException, SweepException {
        try {
            if (channel.tryLock() != null) {
                return;
            }
        } catch (OverlappingFileLockException e) {
            // In this process.
        }
        throw new SweepException(
                file
                        + ": found that another sweep is writing it, expected to be alone; wait for it, or choose another folder");
    }

    // --- what is there already ---

    /** Finds the points that are complete, and cuts off what follows the last of them. */
    private void recover() throws IOException, SweepException {
        try (Lines lines = new Lines(Channels.newInputStream(FileChannel.open(file, StandardOpenOption.READ)))) {
            String first = lines.next();
            if (first == null) {
                channel.truncate(0);
                write(0, header.getBytes(StandardCharsets.UTF_8));
                end = channel.size();
                return;
            }
            if (!header.equals(first)) {
                throw damaged(1, first.stripTrailing(), "the columns " + header.stripTrailing());
            }
            end = lines.offset();
            while (point(lines)) {
                end = lines.offset();
            }
        }
        channel.truncate(end);
    }

    /**
     * Takes in the rows of the next point.
     *
     * @return false if it is not there completely
     */
    private boolean point(Lines lines) throws IOException, SweepException {
        long from = lines.offset();
        int number = -1;
        for (int row = 0; row <= plan.applications().size(); row++) {
            String text = lines.next();
            if (text == null) {
                return false;
            }
            List<String> cells = cells(text);
            if (row == 0) {
                number = number(cells, lines.number());
            }
            String application =
                    row < plan.applications().size() ? plan.applications().get(row) : PointRows.ALL;
            requireCells(cells, expected(number, application), lines.number());
        }
        note(number, from, (int) (lines.offset() - from));
        return true;
    }

    private int number(List<String> cells, long line) throws SweepException {
        String text = cells.get(0);
        int number = -1;
        try {
            number = Integer.parseInt(text);
        } catch (NumberFormatException e) {
            // Told below.
        }
        if (number < 0 || number >= plan.size() || offsets[number] != MISSING) {
            throw damaged(line, "point \"" + text + "\"", "a point from 0 to " + (plan.size() - 1) + ", each once");
        }
        return number;
    }

    private void requireCells(List<String> cells, List<String> expected, long line) throws SweepException {
        int columns = PointRows.header(plan.peTypes()).size();
        List<String> found = cells.size() == columns ? identity(cells) : List.of(cells.size() + " cells");
        if (!found.equals(expected)) {
            throw damaged(line, String.join(", ", found), String.join(", ", expected) + " in " + columns + " cells");
        }
    }

    private List<String> expected(int number, String application) {
        SweepPoint point = plan.point(number);
        return List.of(
                Integer.toString(number),
                point.composition().toString(),
                point.policy(),
                Long.toString(point.seed()),
                application);
    }

    private List<String> identity(List<String> cells) {
        int policy = 3 + plan.peTypes().size();
        return List.of(cells.get(0), cells.get(1), cells.get(policy), cells.get(policy + 3), cells.get(policy + 4));
    }

    private SweepException damaged(long line, String found, String expected) {
        return new SweepException(
                file + ": line " + line + ": found " + found + ", expected " + expected
                        + "; the file is not of this sweep, or was changed: begin anew with --restart, or choose another folder");
    }

    // --- what comes ---

    /** Whether the point is there. */
    synchronized boolean has(int number) {
        return offsets[number] != MISSING;
    }

    /** How many points are there. */
    synchronized int complete() {
        return complete;
    }

    /** Adds a point that is not there. */
    synchronized void append(int number, List<List<String>> rows) throws IOException {
        StringBuilder text = new StringBuilder();
        rows.forEach(row -> text.append(line(row)));
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        write(end, bytes);
        note(number, end, bytes.length);
        end += bytes.length;
    }

    private synchronized void note(int number, long offset, int length) {
        offsets[number] = offset;
        lengths[number] = length;
        ordered &= number > last;
        last = number;
        complete++;
    }

    private void write(long position, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        for (long at = position; buffer.hasRemaining(); ) {
            at += channel.write(buffer, at);
        }
    }

    /** Puts the points in order, in a new file that takes the old one's place at once. Nothing may be appended afterwards. */
    synchronized void putInOrder() throws IOException {
        if (ordered) {
            return;
        }
        Path sorted = file.resolveSibling(file.getFileName() + ".sorted");
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(sorted))) {
            out.write(header.getBytes(StandardCharsets.UTF_8));
            for (int number = 0; number < offsets.length; number++) {
                if (offsets[number] != MISSING) {
                    out.write(read(offsets[number], lengths[number]));
                }
            }
        }
        Files.move(sorted, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private byte[] read(long offset, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, offset + bytes.position()) < 0) {
                throw new IOException(
                        file + ": found its end within a point's rows, which were there when it was opened");
            }
        }
        return bytes.array();
    }

    @Override
    public synchronized void close() throws IOException {
        channel.close();
    }

    // --- lines ---

    static String line(List<String> cells) {
        return FORMAT.format(cells.toArray()) + "\n";
    }

    private static List<String> cells(String line) throws IOException {
        try (CSVParser parser = CSVParser.parse(line, FORMAT)) {
            for (CSVRecord cells : parser) {
                return cells.toList();
            }
        } catch (java.io.UncheckedIOException e) {
            return List.of("something that is not CSV");
        }
        return List.of("");
    }

    /** Lines with their ends, and where they are. What is not ended is none. */
    private static final class Lines implements Closeable {
        private final InputStream in;
        private final ByteArrayOutputStream line = new ByteArrayOutputStream();
        private long offset;
        private long number;

        Lines(InputStream in) {
            this.in = new BufferedInputStream(in, 1 << 16);
        }

        @Nullable
        String next() throws IOException {
            line.reset();
            for (int b = in.read(); b >= 0; b = in.read()) {
                line.write(b);
                if (b == '\n') {
                    offset += line.size();
                    number++;
                    return line.toString(StandardCharsets.UTF_8);
                }
            }
            return null;
        }

        /** After the line that was returned. */
        long offset() {
            return offset;
        }

        long number() {
            return number;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }

    /** Reads the rows of all applications together, in the file's order. */
    static void forEachWhole(Path file, RowReader reader) throws IOException {
        CSVFormat named = FORMAT.builder().setHeader().setSkipHeaderRecord(true).get();
        try (CSVParser parser = CSVParser.parse(file, StandardCharsets.UTF_8, named)) {
            for (CSVRecord row : parser) {
                if (row.get("application").equals(PointRows.ALL)) {
                    reader.row(row);
                }
            }
        }
    }

    /** Is told of rows. */
    @FunctionalInterface
    interface RowReader {
        void row(CSVRecord row);
    }

    /** For messages and tests. */
    List<Integer> numbers() {
        List<Integer> numbers = new ArrayList<>();
        for (int number = 0; number < offsets.length; number++) {
            if (has(number)) {
                numbers.add(number);
            }
        }
        return numbers;
    }
}
