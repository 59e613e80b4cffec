// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.aten;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.OpName;

/**
 * The schemas of all operators of the namespace {@code aten}, from the table that ships in this bundle
 * ({@code aten-schemas.txt}, written by {@code tools/aten_schemas.py}).
 *
 * <p>A schema is parsed when it is first asked for. May be used from any thread.
 */
public final class AtenSchemas {

    private static final String TABLE = "aten-schemas.txt";
    private static final String VERSION_PREFIX = "# torch ";

    private final String torchVersion;
    /** By name as the table writes it: {@code aten::add.Tensor}. */
    private final Map<String, String> lines;
    /** The overloads of an operator, by its name. */
    private final Map<String, List<OpName>> overloads = new HashMap<>();

    private final Map<OpName, OperatorSchema> parsed = new ConcurrentHashMap<>();

    private AtenSchemas(String torchVersion, Map<String, String> lines) {
        this.torchVersion = torchVersion;
        this.lines = lines;
        for (String line : lines.keySet()) {
            OpName name = OpName.parse(line.replace("::", "."));
            if (name.namespace().equals("aten")) {
                overloads.computeIfAbsent(name.name(), key -> new ArrayList<>()).add(name);
            }
        }
        overloads.values().forEach(names -> names.sort(Comparator.comparing(OpName::overload)));
    }

    /** Loads the table. */
    public static AtenSchemas load() {
        try (InputStream table = AtenSchemas.class.getResourceAsStream(TABLE)) {
            if (table == null) {
                throw new IllegalStateException("the bundle lacks its resource " + TABLE + ": build it again");
            }
            return read(new BufferedReader(new InputStreamReader(table, StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new UncheckedIOException(TABLE, e);
        }
    }

    private static AtenSchemas read(BufferedReader table) throws IOException {
        String torchVersion = "unknown";
        Map<String, String> lines = new HashMap<>();
        for (String line = table.readLine(); line != null; line = table.readLine()) {
            if (line.startsWith(VERSION_PREFIX)) {
                torchVersion = line.substring(VERSION_PREFIX.length());
            } else if (!line.startsWith("#") && !line.isBlank()) {
                lines.put(line.substring(0, line.indexOf('(')), line);
            }
        }
        return new AtenSchemas(torchVersion, lines);
    }

    /** The version of torch that the table was made with. */
    public String torchVersion() {
        return torchVersion;
    }

    /** Names of all operators of the table. */
    public Set<OpName> names() {
        return lines.keySet().stream()
                .map(name -> OpName.parse(name.replace("::", ".")))
                .collect(Collectors.toUnmodifiableSet());
    }

    /** How many operators the table has. */
    public int size() {
        return lines.size();
    }

    /** The overloads of an operator of that name, in alphabetical order; none if the table does not have it. */
    public List<OpName> overloads(String name) {
        return overloads.getOrDefault(name, List.of());
    }

    /** The schema of an operator, or null if the table does not have it. */
    public @Nullable OperatorSchema find(OpName name) {
        String overload = name.overload().equals(OpName.DEFAULT_OVERLOAD) ? "" : "." + name.overload();
        String line = lines.get(name.namespace() + "::" + name.name() + overload);
        return line == null ? null : parsed.computeIfAbsent(name, key -> SchemaParser.parse(line));
    }
}
