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
 * ({@code aten-schemas.txt}, written by {@code tools/aten_schemas.py}), and of the three of torchvision that have kernels.
 *
 * <p>A schema is parsed when it is first asked for. May be used from any thread.
 */
public final class AtenSchemas {

    /** The namespaces whose operators the tables have. */
    public static final Set<String> NAMESPACES = Set.of("aten", "torchvision");

    private static final String TABLE = "aten-schemas.txt";
    private static final String TORCHVISION_TABLE = "torchvision-schemas.txt";
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

    /** Loads the tables. */
    public static AtenSchemas load() {
        Map<String, String> lines = new HashMap<>();
        String torchVersion = read(TABLE, lines);
        read(TORCHVISION_TABLE, lines);
        return new AtenSchemas(torchVersion, lines);
    }

    /** Adds what a table has, and returns the version of torch that it names. */
    private static String read(String resource, Map<String, String> lines) {
        try (InputStream stream = AtenSchemas.class.getResourceAsStream(resource)) {
            if (stream == null) {
                throw new IllegalStateException("the bundle lacks its resource " + resource + ": build it again");
            }
            BufferedReader table = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
            String torchVersion = "unknown";
            for (String line = table.readLine(); line != null; line = table.readLine()) {
                if (line.startsWith(VERSION_PREFIX)) {
                    torchVersion = line.substring(VERSION_PREFIX.length());
                } else if (!line.startsWith("#") && !line.isBlank()) {
                    lines.put(line.substring(0, line.indexOf('(')), line);
                }
            }
            return torchVersion;
        } catch (IOException e) {
            throw new UncheckedIOException(resource, e);
        }
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
