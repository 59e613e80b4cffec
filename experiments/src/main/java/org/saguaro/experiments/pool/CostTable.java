// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.pool;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.saguaro.runtime.core.simulation.CostRule;

/**
 * A table as CEDR's: one time per API and type of PE, blind to sizes.
 *
 * <p>As CSV: a header {@code kernels,C,F,...} of letters, then per line names of kernels (several parted by spaces, with {@code *}) and
 * microseconds per type; an empty cell says that such kernels do not run there. As JSON: {@code {"names": {"C": 20, "F": 21}}}.
 *
 * @param rulesByLetter what it says of each type
 */
record CostTable(Map<Character, List<CostRule>> rulesByLetter) {

    static final CostTable NONE = new CostTable(Map.of());

    private static final String KERNELS = "kernels";
    private static final double MAX_MICROS = 1e12;

    List<CostRule> rules(char letter) {
        return rulesByLetter.getOrDefault(letter, List.of());
    }

    static CostTable read(String origin, String file, String text, Collection<Character> letters) throws PoolException {
        CostTable table = new CostTable(new HashMap<>());
        if (file.endsWith(".json")) {
            table.readJson(origin, text, letters);
        } else {
            table.readCsv(origin, text, letters);
        }
        return table;
    }

    private void readJson(String origin, String text, Collection<Character> letters) throws PoolException {
        List<String> types = letters.stream().map(String::valueOf).toList();
        Members rows = Members.parseAny(origin, text);
        for (String kernels : rows.names()) {
            Members row = Members.of(rows.placeOf(kernels), rows.require(kernels), types);
            for (String letter : types) {
                JsonNode cell = row.has(letter) ? row.require(letter) : null;
                add(
                        letter.charAt(0),
                        kernels,
                        cell == null
                                ? new CostRule.Unsupported()
                                : new CostRule.Fixed(Members.number(row.placeOf(letter), cell, 0, MAX_MICROS) * 1e3));
            }
        }
    }

    private void readCsv(String origin, String text, Collection<Character> letters) throws PoolException {
        CSVFormat format = CSVFormat.DEFAULT
                .builder()
                .setTrim(true)
                .setIgnoreEmptyLines(true)
                .setCommentMarker('#')
                .get();
        try (CSVParser parser = CSVParser.parse(new StringReader(text), format)) {
            List<CSVRecord> lines = parser.getRecords();
            if (lines.isEmpty()) {
                throw new PoolException(origin + ": found nothing, expected a header kernels,C,...");
            }
            List<String> header = lines.get(0).toList();
            for (int column = 0; column < header.size(); column++) {
                String name = header.get(column);
                boolean known = column == 0
                        ? name.equals(KERNELS)
                        : name.length() == 1 && letters.contains(name.charAt(0)) && header.indexOf(name) == column;
                if (!known) {
                    throw new PoolException(
                            origin + ", line 1, column " + (column + 1) + ": found '" + Members.shown(name)
                                    + "', expected " + KERNELS + " and then letters of peTypes, each once");
                }
            }
            for (CSVRecord line : lines.subList(1, lines.size())) {
                row(origin + ", row " + line.getRecordNumber(), header, line, letters);
            }
        } catch (IOException e) {
            throw new PoolException(origin + ": found no CSV (" + Members.shown(String.valueOf(e.getMessage())) + ")");
        }
    }

    private void row(String place, List<String> header, CSVRecord line, Collection<Character> letters)
            throws PoolException {
        if (line.size() != header.size() || line.get(0).isEmpty()) {
            throw new PoolException(place + ": found " + line.size() + " cells, expected names of kernels and "
                    + (header.size() - 1) + " times, which may be empty");
        }
        for (char letter : letters) {
            int column = header.indexOf(String.valueOf(letter));
            String cell = column < 0 ? "" : line.get(column);
            add(letter, line.get(0), cell.isEmpty() ? new CostRule.Unsupported() : micros(place, letter, cell));
        }
    }

    private static CostRule.Time micros(String place, char letter, String cell) throws PoolException {
        double micros;
        try {
            micros = Double.parseDouble(cell);
        } catch (NumberFormatException e) {
            micros = Double.NaN;
        }
        if (!(micros >= 0 && micros <= MAX_MICROS)) {
            throw new PoolException(
                    place + ", " + letter + ": found '" + Members.shown(cell) + "', expected microseconds or nothing");
        }
        return new CostRule.Fixed(micros * 1e3);
    }

    private void add(char letter, String kernels, CostRule.Time time) {
        for (String glob : kernels.trim().split("\\s+", -1)) {
            rulesByLetter
                    .computeIfAbsent(letter, absent -> new ArrayList<>())
                    .add(new CostRule(glob, time, Double.NaN));
        }
    }
}
