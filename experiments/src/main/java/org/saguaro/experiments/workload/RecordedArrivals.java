// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.workload;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * Reads when requests arrived from a CSV file with a header, or from NDJSON (a JSON object per line): a column or member {@code
 * arrivalSeconds}, {@code arrivalMillis}, {@code arrivalMicros} or {@code arrivalNanos}, and {@code stream} where only some count. A
 * {@code requests.csv} of an earlier run is such a file.
 */
final class RecordedArrivals {

    /** Nanoseconds of a unit by the name of its column. */
    private static final Map<String, Double> UNITS = units();

    private static final double MOST_NANOS = 1e16;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final Optional<String> stream;
    private final List<Long> nanos = new ArrayList<>();

    private RecordedArrivals(Path file, Optional<String> stream) {
        this.file = file;
        this.stream = stream;
    }

    private static Map<String, Double> units() {
        Map<String, Double> units = new LinkedHashMap<>();
        units.put("arrivalSeconds", 1e9);
        units.put("arrivalMillis", 1e6);
        units.put("arrivalMicros", 1e3);
        units.put("arrivalNanos", 1.0);
        return Collections.unmodifiableMap(units);
    }

    /**
     * Reads a file; its lines need not be in the order of time.
     *
     * @throws WorkloadException if it is something else; names file and line
     */
    static ArrivalProcess.Recorded read(Path file, Optional<String> stream) throws IOException, WorkloadException {
        RecordedArrivals arrivals = new RecordedArrivals(file, stream);
        String name = String.valueOf(file.getFileName());
        try {
            if (name.endsWith(".csv")) {
                arrivals.csv();
            } else {
                arrivals.ndjson();
            }
        } catch (MalformedInputException | UncheckedIOException | IllegalStateException | IllegalArgumentException e) {
            throw new WorkloadException(file + ": found no text that is CSV or NDJSON: " + e.getMessage(), e);
        }
        if (arrivals.nanos.isEmpty()) {
            throw new WorkloadException(file + ": found no arrival"
                    + stream.map(s -> " of stream '" + s + "'").orElse("") + ", expected one at least");
        }
        Collections.sort(arrivals.nanos);
        return new ArrivalProcess.Recorded(file, stream, arrivals.nanos);
    }

    private void csv() throws IOException, WorkloadException {
        CSVFormat format = CSVFormat.RFC4180
                .builder()
                .setHeader()
                .setSkipHeaderRecord(true)
                .setIgnoreEmptyLines(true)
                .get();
        try (BufferedReader reader = Files.newBufferedReader(file);
                CSVParser parser =
                        CSVParser.builder().setReader(reader).setFormat(format).get()) {
            String column = unit(1, parser.getHeaderNames());
            if (stream.isPresent() && !parser.getHeaderNames().contains("stream")) {
                throw new WorkloadException(file + ":1: found no column 'stream', expected one");
            }
            for (CSVRecord row : parser) {
                long line = parser.getCurrentLineNumber();
                if (!row.isConsistent()) {
                    throw new WorkloadException(file + ":" + line + ": found " + row.size() + " cells, expected "
                            + parser.getHeaderNames().size());
                }
                if (stream.isEmpty() || stream.get().equals(row.get("stream"))) {
                    add(line, column, row.get(column));
                }
            }
        }
    }

    private void ndjson() throws IOException, WorkloadException {
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            long line = 1;
            for (String text = reader.readLine(); text != null; text = reader.readLine(), line++) {
                if (text.isBlank()) {
                    continue;
                }
                JsonNode node;
                try {
                    node = JSON.readTree(text);
                } catch (JsonProcessingException e) {
                    throw new WorkloadException(
                            file + ":" + line + ": found no JSON (" + e.getOriginalMessage() + "), expected an object");
                }
                List<String> members = new ArrayList<>();
                node.fieldNames().forEachRemaining(members::add);
                String member = unit(line, members);
                if (stream.isEmpty() || stream.get().equals(node.path("stream").asText())) {
                    add(line, member, node.path(member).asText());
                }
            }
        }
    }

    private String unit(long line, List<String> names) throws WorkloadException {
        return UNITS.keySet().stream()
                .filter(names::contains)
                .findFirst()
                .orElseThrow(() -> new WorkloadException(file + ":" + line + ": found "
                        + (names.isEmpty() ? "no names" : String.join(", ", names)) + ", expected one of "
                        + String.join(", ", UNITS.keySet())));
    }

    private void add(long line, String unit, String text) throws WorkloadException {
        double value;
        try {
            value = Double.parseDouble(text.strip());
        } catch (NumberFormatException e) {
            throw new WorkloadException(
                    file + ":" + line + ": " + unit + ": found '" + text + "', expected a number", e);
        }
        double at = value * UNITS.getOrDefault(unit, 1.0);
        if (!(at >= 0) || at > MOST_NANOS) {
            throw new WorkloadException(file + ":" + line + ": " + unit + ": found " + text
                    + ", expected a time from the beginning, 0 to four months");
        }
        nanos.add(Math.round(at));
    }
}
