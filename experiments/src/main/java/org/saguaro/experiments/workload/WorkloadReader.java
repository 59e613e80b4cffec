// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.workload;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.saguaro.runtime.core.DeployOptions.Granularity;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.json.Fields;
import org.saguaro.runtime.core.json.Located;
import org.saguaro.runtime.core.json.Located.Position;
import org.saguaro.runtime.core.json.Problems;

/**
 * Reads a workload. Refuses what the JSON Schema ({@link WorkloadSchema}) refuses, with line and column, and what a schema cannot say:
 * names used twice, rates that are missing or too many, deadlines in the wrong order, files that are not there. For one text.
 */
final class WorkloadReader {

    static final List<String> ROOT = List.of(
            "$schema",
            "description",
            "seed",
            "durationSeconds",
            "rateMbps",
            "warmUpRequests",
            "granularity",
            "timeoutSeconds",
            "streams");
    static final List<String> STREAM = List.of(
            "name",
            "description",
            "example",
            "model",
            "inputs",
            "application",
            "arrivals",
            "instances",
            "share",
            "tenant",
            "weight",
            "priority",
            "softDeadlineMillis",
            "hardDeadlineMillis",
            "value");
    static final List<String> SOURCES = List.of("example", "model", "application");
    static final List<String> RATES = List.of("periodMillis", "perSecond", "rateMbps");

    /** Members by process; all but these are refused. */
    static final Map<String, List<String>> PROCESSES = Map.of(
            "periodic", List.of("process", "periodMillis", "perSecond", "rateMbps", "jitter"),
            "poisson", List.of("process", "perSecond", "rateMbps"),
            "bursty", List.of("process", "perSecond", "rateMbps", "burstMillis", "gapMillis"),
            "trace", List.of("process", "file", "stream"));

    /** In the order in which people read of them. */
    static final List<String> PROCESS_NAMES = List.of("periodic", "poisson", "bursty", "trace");

    static final String NAME_PATTERN = "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$";
    static final String ANY_PATTERN = "\\S";
    static final double MAX_INTEGER = 0x1p53;
    static final double LEAST = 1e-6;
    static final double MOST = 1e9;
    static final double MOST_SECONDS = 1e7;
    static final double MOST_WARM_UP = 1e6;
    static final double MOST_PRIORITY = 1e6;
    static final double MOST_TIMEOUT_SECONDS = 1e6;
    static final double MOST_INSTANCES = 1e12;
    static final int MOST_STREAMS = 256;
    static final int MOST_INPUTS = 64;
    static final int DEFAULT_WARM_UP = 20;

    private static final String NAME = "a name of letters, digits, _, - and .";

    /** What the schema refuses as well. */
    private final Problems problems = new Problems();

    /** What a schema cannot say. */
    private final Problems meaning = new Problems();

    private final String origin;
    private final Path folder;
    private final Map<String, Position> names = new HashMap<>();
    private final Map<String, Double> weights = new HashMap<>();
    private boolean hasRate;
    private Duration timeout = RequestOptions.DEFAULT.timeout();

    WorkloadReader(String origin, Path folder) {
        this.origin = origin;
        this.folder = folder;
    }

    /**
     * Reads and validates.
     *
     * @throws WorkloadException with everything that is wrong
     */
    Workload read(String text) throws IOException, WorkloadException {
        Workload workload = structure(text);
        meaning.throwIfAny(found -> new WorkloadException(Problems.text(origin, found)));
        return withRecordings(workload);
    }

    /** Checks as much as the schema says. */
    static void checkStructure(String text) throws WorkloadException {
        new WorkloadReader("text", Path.of("/")).structure(text);
    }

    private Workload structure(String text) throws WorkloadException {
        Workload workload = null;
        try {
            workload = root(text, Located.parse(text));
        } catch (Located.SyntaxException e) {
            problems.add(e.at(), "", String.valueOf(e.getMessage()));
        }
        problems.throwIfAny(found -> new WorkloadException(Problems.text(origin, found)));
        if (workload == null) {
            throw new IllegalStateException("a workload without problems is there");
        }
        return workload;
    }

    private @Nullable Workload root(String text, Located value) {
        Fields root = Fields.of(problems, "", value, ROOT);
        if (root == null) {
            return null;
        }
        root.note("$schema");
        root.note("description");
        double seed = or(root.number("seed", -MAX_INTEGER, MAX_INTEGER, true), 1);
        Double seconds = root.require("durationSeconds") == null
                ? null
                : root.number("durationSeconds", LEAST, MOST_SECONDS, false);
        Double rate = root.number("rateMbps", LEAST, MOST, false);
        hasRate = root.has("rateMbps");
        double warmUp = or(root.number("warmUpRequests", 0, MOST_WARM_UP, true), DEFAULT_WARM_UP);
        Granularity granularity = granularity(root);
        Double timeoutSeconds = root.number("timeoutSeconds", LEAST, MOST_TIMEOUT_SECONDS, false);
        if (timeoutSeconds != null) {
            timeout = Duration.ofNanos((long) (timeoutSeconds * 1e9));
        }
        List<Stream> streams = new ArrayList<>();
        List<Located> written = root.elements("streams", 1, MOST_STREAMS);
        for (int i = 0; i < written.size(); i++) {
            Stream stream = stream(written.get(i), "streams[" + i + "]");
            if (stream != null) {
                streams.add(stream);
            }
        }
        if (!problems.isEmpty() || seconds == null) {
            return null;
        }
        boolean shared = streams.stream()
                .anyMatch(s -> !(s.arrivals() instanceof ArrivalProcess.AtOnce)
                        && !(s.arrivals() instanceof ArrivalProcess.Recorded));
        if (hasRate && !shared) {
            root.ifPresent(
                    "rateMbps",
                    found -> meaning.add(
                            found.at(), "rateMbps", "found a rate, but no stream has a process that could keep it"));
        }
        return new Workload(
                origin,
                text,
                (long) seed,
                seconds,
                rate == null ? OptionalDouble.empty() : OptionalDouble.of(rate),
                (int) warmUp,
                granularity,
                streams);
    }

    private static double or(@Nullable Double number, double standard) {
        return number == null ? standard : number;
    }

    private Granularity granularity(Fields root) {
        if (!root.has("granularity")) {
            return Granularity.SEGMENT;
        }
        String text = root.text("granularity", "^(segment|layer)$", "segment or layer");
        return "layer".equals(text) ? Granularity.LAYER : Granularity.SEGMENT;
    }

    // --- streams ---

    private @Nullable Stream stream(Located value, String place) {
        Fields fields = Fields.of(problems, place, value, STREAM);
        if (fields == null) {
            return null;
        }
        fields.note("description");
        Source source = source(fields);
        String name =
                fields.has("name") ? fields.text("name", NAME_PATTERN, NAME) : (source == null ? null : source.name());
        Double instances = fields.number("instances", 1, MOST_INSTANCES, true);
        Double share = fields.number("share", LEAST, MOST, false);
        if (!fields.has("arrivals") && !fields.has("instances")) {
            problems.add(fields.at(), place, "found neither 'arrivals' nor 'instances', expected one of them, or both");
        }
        ArrivalProcess arrivals = fields.has("arrivals") ? arrivals(fields, or(share, 1)) : new ArrivalProcess.AtOnce();
        Double weight = fields.number("weight", LEAST, MOST, false);
        RequestOptions options = options(fields);
        if (name == null || source == null || arrivals == null || options == null) {
            return null;
        }
        once(name, fields);
        if (weight != null) {
            weight(options.tenant(), weight, fields);
        }
        return new Stream(
                name,
                source,
                arrivals,
                instances == null ? OptionalLong.empty() : OptionalLong.of(instances.longValue()),
                options,
                or(weight, or(weights.get(options.tenant()), 1)));
    }

    private void once(String name, Fields fields) {
        Position first = names.putIfAbsent(name, fields.at());
        if (first != null) {
            meaning.add(
                    fields.at(),
                    fields.place(),
                    "found the name '" + name + "' a second time, the first is in line " + first.line()
                            + "; give each stream a 'name' of its own");
        }
    }

    private void weight(String tenant, double weight, Fields fields) {
        Double other = weights.putIfAbsent(tenant, weight);
        if (other != null && other != weight) {
            meaning.add(
                    fields.at(),
                    fields.placeOf("weight"),
                    "found weight " + weight + " of tenant '" + tenant + "', which has " + other
                            + " in another stream; expected the same");
        }
    }

    private @Nullable Source source(Fields fields) {
        List<String> found = SOURCES.stream().filter(fields::has).toList();
        if (found.size() != 1) {
            problems.add(
                    fields.at(),
                    fields.place(),
                    "found "
                            + (found.isEmpty() ? "none of example, model and application" : String.join(" and ", found))
                            + ", expected one of them");
        }
        if (fields.has("inputs") && !fields.has("model")) {
            problems.add(fields.at(), fields.placeOf("inputs"), "found inputs, expected them of a model only");
        }
        String example = fields.has("example")
                ? fields.text("example", ANY_PATTERN, "a folder with an app.json, relative to this file")
                : null;
        String application = fields.has("application")
                ? fields.text("application", NAME_PATTERN, "the name of an application on the Layer API")
                : null;
        Source model = fields.has("model") ? model(fields) : null;
        if (found.size() != 1) {
            return null;
        }
        Path exampleFolder = example == null ? null : path(fields, "example", example);
        if (exampleFolder != null) {
            return new Source.Example(exampleFolder);
        }
        return application != null ? new Source.Application(application) : model;
    }

    private @Nullable Source model(Fields fields) {
        String file = fields.text("model", ANY_PATTERN, "a model file, relative to this file");
        List<Path> inputs = new ArrayList<>();
        List<Located> written = fields.elements("inputs", 1, MOST_INPUTS);
        for (int i = 0; i < written.size(); i++) {
            String place = fields.placeOf("inputs") + "[" + i + "]";
            String input =
                    Fields.text(problems, written.get(i), place, ANY_PATTERN, "a .npy file, relative to this file");
            Path path = input == null ? null : path(fields, "inputs", input);
            if (path != null) {
                inputs.add(path);
            }
        }
        Path path = file == null ? null : path(fields, "model", file);
        return path == null ? null : new Source.Model(path, inputs);
    }

    private @Nullable Path path(Fields fields, String name, String text) {
        try {
            return folder.resolve(text).normalize();
        } catch (InvalidPathException e) {
            meaning.add(fields.at(), fields.placeOf(name), "found '" + Problems.shorten(text) + "', expected a path");
            return null;
        }
    }

    private @Nullable RequestOptions options(Fields fields) {
        String tenant = fields.has("tenant")
                ? fields.text("tenant", ANY_PATTERN, "the name of a tenant")
                : RequestOptions.DEFAULT_TENANT;
        double priority = or(fields.number("priority", -MOST_PRIORITY, MOST_PRIORITY, true), 0);
        Double soft = fields.number("softDeadlineMillis", LEAST, MOST, false);
        Double hard = fields.number("hardDeadlineMillis", LEAST, MOST, false);
        double value = or(fields.number("value", LEAST, MOST, false), 1);
        if (tenant == null) {
            return null;
        }
        if (soft != null && hard != null && soft > hard) {
            meaning.add(
                    fields.at(),
                    fields.placeOf("softDeadlineMillis"),
                    "found " + soft + " ms, expected no more than the hard deadline, " + hard + " ms");
            return RequestOptions.DEFAULT;
        }
        return new RequestOptions(timeout, tenant, (int) priority, millis(soft), millis(hard), value);
    }

    private static Optional<Duration> millis(@Nullable Double millis) {
        return millis == null ? Optional.empty() : Optional.of(Duration.ofNanos(Math.max(1, (long) (millis * 1e6))));
    }

    // --- arrivals ---

    private @Nullable ArrivalProcess arrivals(Fields stream, double share) {
        Located value = stream.require("arrivals");
        if (value == null) {
            return null;
        }
        String place = stream.placeOf("arrivals");
        Located named = value instanceof Located.Obj object && object.members().containsKey("process")
                ? object.members().get("process").value()
                : null;
        String process = named instanceof Located.Text text ? text.value() : "";
        List<String> members = PROCESSES.get(process);
        if (members == null) {
            Position at = named == null ? value.at() : named.at();
            problems.add(
                    at,
                    place + ".process",
                    "found " + (named == null ? "no process" : named.kind()) + ", expected one of "
                            + String.join(", ", PROCESS_NAMES) + Problems.suggestion(process, PROCESS_NAMES));
            return null;
        }
        Fields fields = Fields.of(problems, place, value, members);
        if (fields == null) {
            return null;
        }
        return switch (process) {
            case "periodic" ->
                new ArrivalProcess.Periodic(rate(fields, share), or(fields.number("jitter", 0, 1, false), 0));
            case "poisson" -> new ArrivalProcess.Poisson(rate(fields, share));
            case "bursty" -> {
                Rate rate = rate(fields, share);
                Double burst =
                        fields.require("burstMillis") == null ? null : fields.number("burstMillis", LEAST, MOST, false);
                Double gap =
                        fields.require("gapMillis") == null ? null : fields.number("gapMillis", LEAST, MOST, false);
                yield burst == null || gap == null ? null : new ArrivalProcess.Bursty(rate, burst, gap);
            }
            default -> {
                String file = fields.text("file", ANY_PATTERN, "a .csv or .ndjson file, relative to this file");
                String of = fields.has("stream") ? fields.text("stream", NAME_PATTERN, NAME) : null;
                Path path = file == null ? null : path(fields, "file", file);
                yield path == null ? null : new ArrivalProcess.Recorded(path, Optional.ofNullable(of), List.of());
            }
        };
    }

    private Rate rate(Fields fields, double share) {
        List<String> found = RATES.stream().filter(fields::has).toList();
        if (found.size() > 1) {
            problems.add(
                    fields.at(), fields.place(), "found " + String.join(" and ", found) + ", expected one rate only");
        }
        Double period = fields.number("periodMillis", LEAST, MOST, false);
        Double perSecond = fields.number("perSecond", LEAST, MOST, false);
        Double megabits = fields.number("rateMbps", LEAST, MOST, false);
        if (found.isEmpty() && !hasRate) {
            meaning.add(
                    fields.at(),
                    fields.place(),
                    "found no rate, expected perSecond or rateMbps here, or a rateMbps of the whole workload");
        } else if (!found.isEmpty() && hasRate) {
            meaning.add(
                    fields.at(),
                    fields.placeOf(found.get(0)),
                    "found a rate beside that of the whole workload, expected none; a 'share' says which part it gets");
        }
        if (period != null) {
            return new Rate.PerSecond(1e3 / period);
        } else if (perSecond != null) {
            return new Rate.PerSecond(perSecond);
        }
        return megabits != null ? new Rate.Mbps(megabits) : new Rate.Share(share);
    }

    // --- files ---

    private Workload withRecordings(Workload workload) throws IOException, WorkloadException {
        List<Stream> streams = new ArrayList<>();
        for (Stream stream : workload.streams()) {
            requireFiles(stream);
            streams.add(
                    stream.arrivals() instanceof ArrivalProcess.Recorded recorded
                            ? new Stream(
                                    stream.name(),
                                    stream.source(),
                                    RecordedArrivals.read(recorded.file(), recorded.stream()),
                                    stream.instances(),
                                    stream.options(),
                                    stream.tenantWeight())
                            : stream);
        }
        return new Workload(
                workload.origin(),
                workload.text(),
                workload.seed(),
                workload.durationSeconds(),
                workload.rateMbps(),
                workload.warmUpRequests(),
                workload.granularity(),
                streams);
    }

    private void requireFiles(Stream stream) throws WorkloadException {
        List<Path> files = new ArrayList<>();
        if (stream.source() instanceof Source.Example example) {
            files.add(example.folder().resolve("app.json"));
        } else if (stream.source() instanceof Source.Model model) {
            files.add(model.file());
            files.addAll(model.inputs());
        }
        for (Path file : files) {
            if (!Files.exists(file)) {
                throw new WorkloadException(origin + ": stream " + stream.name() + ": found no file " + file
                        + ", expected one; paths count from the folder of the workload file");
            }
        }
    }
}
