// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.trace;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.saguaro.experiments.profile.ProfileJson;
import org.saguaro.runtime.core.TaskRecord;
import org.saguaro.runtime.core.TaskRecord.Outcome;
import org.saguaro.runtime.core.json.Fields;
import org.saguaro.runtime.core.json.Located;
import org.saguaro.runtime.core.json.Problem;
import org.saguaro.runtime.core.json.Problems;
import org.saguaro.runtime.core.simulation.ApplicationProfile;

/** Reads a {@link RunTrace} line by line; the first line that is wrong ends it. Used by one thread, once. */
final class RunTraceReader {

    private static final double MOST = 9e15;
    private static final double MOST_NUMBER = 1e18;
    private static final int MOST_PES = 10_000;
    private static final String ANY = "";
    private static final String SOMETHING = "\\S";

    private final Path file;
    private final List<ApplicationProfile> profiles = new ArrayList<>();
    private final List<RunTrace.Request> requests = new ArrayList<>();
    private final List<TaskRecord> tasks = new ArrayList<>();
    private final Set<String> applications = new HashSet<>();
    private final Set<String> pes = new HashSet<>();
    private final Set<Long> ids = new HashSet<>();
    /** One object for each name, however many lines have it. */
    private final Map<String, String> names = new HashMap<>();

    private RunTrace.@Nullable Header header;
    private boolean complete;
    private int line;

    private RunTraceReader(Path file) {
        this.file = file;
    }

    static RunTrace read(Path file) throws IOException, RunTraceException {
        RunTraceReader reader = new RunTraceReader(file);
        boolean lastIsWhole = endsWithNewline(file);
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            String text = lines.readLine();
            while (text != null) {
                String next = lines.readLine();
                reader.line++;
                if (next == null && !lastIsWhole && !isObject(text)) {
                    // The run was interrupted while it wrote this line.
                    break;
                }
                reader.line(text);
                text = next;
            }
        } catch (CharacterCodingException e) {
            throw new RunTraceException(
                    file + ":" + (reader.line + 1) + ": found no UTF-8 text, expected a trace of a run");
        }
        RunTrace.Header header = reader.header;
        if (header == null) {
            throw new RunTraceException(file + ":1: found no line, expected the header of a trace");
        }
        return new RunTrace(header, reader.profiles, reader.requests, reader.tasks, reader.complete);
    }

    private static boolean endsWithNewline(Path file) throws IOException {
        try (var channel = Files.newByteChannel(file)) {
            long size = channel.size();
            if (size == 0) {
                return true;
            }
            ByteBuffer last = ByteBuffer.allocate(1);
            channel.position(size - 1);
            channel.read(last);
            return last.get(0) == '\n';
        }
    }

    private static boolean isObject(String text) {
        try {
            return Located.parse(text) instanceof Located.Obj;
        } catch (Located.SyntaxException e) {
            return false;
        }
    }

    private void line(String text) throws RunTraceException {
        Problems problems = new Problems();
        try {
            Located value = Located.parse(text);
            if (value instanceof Located.Obj object) {
                object(problems, object);
            } else {
                problems.add(value.at(), "", "found " + value.kind() + ", expected an object");
            }
        } catch (Located.SyntaxException e) {
            problems.add(e.at(), "", String.valueOf(e.getMessage()));
        }
        problems.throwIfAny(this::exception);
    }

    private RunTraceException exception(List<Problem> problems) {
        Problem first = problems.get(0);
        return new RunTraceException(file + ":" + line + ": "
                + (first.column() > 1 ? "column " + first.column() + ": " : "")
                + (first.place().isEmpty() ? "" : first.place() + ": ") + first.message());
    }

    private void object(Problems problems, Located.Obj object) {
        Located.Member member = object.members().get("kind");
        String kind = member != null && member.value() instanceof Located.Text text ? text.value() : "";
        if (complete) {
            problems.add(object.at(), "", "found a line after the one of kind end, expected none");
        } else if (header == null && !kind.equals("header")) {
            problems.add(
                    object.at(),
                    "",
                    "found a line of kind '" + Problems.shorten(kind) + "', expected the header of a trace first");
        } else if (header != null && kind.equals("header")) {
            problems.add(object.at(), "", "found another header, expected one");
        } else {
            switch (kind) {
                case "header" -> header(problems, object);
                case "profile" -> profile(problems, object);
                case "request" -> request(problems, object);
                case "task" -> task(problems, object);
                case "end" -> complete = Fields.of(problems, "", object, List.of("kind")) != null;
                default ->
                    problems.add(
                            object.at(),
                            "kind",
                            "found '" + Problems.shorten(kind) + "', expected header, profile, request, task or end");
            }
        }
    }

    // --- lines ---

    private void header(Problems problems, Located.Obj object) {
        Fields fields =
                fields(problems, "", object, "kind", "version", "recorded", "policy", "pes", "transfers", "notes");
        long version = integer(fields, "version", Integer.MAX_VALUE);
        if (problems.isEmpty() && version != RunTrace.VERSION) {
            problems.add(
                    object.at(),
                    "version",
                    "found " + version + ", expected " + RunTrace.VERSION
                            + ": it was written by another version of Saguaro");
        }
        List<RunTrace.Pe> found = new ArrayList<>();
        for (Located value : fields.elements("pes", 1, MOST_PES)) {
            found.add(pe(problems, "pes[" + found.size() + "]", value));
        }
        List<RunTrace.Transfer> transfers = new ArrayList<>();
        for (Located value : fields.elements("transfers", 0, MOST_PES)) {
            transfers.add(transfer(problems, "transfers[" + transfers.size() + "]", value));
        }
        List<String> notes = new ArrayList<>();
        for (Located value : fields.elements("notes", 0, MOST_PES)) {
            String note = Fields.text(problems, value, "notes[" + notes.size() + "]", ANY, "a text");
            notes.add(note == null ? "" : note);
        }
        header = new RunTrace.Header(
                text(fields, "recorded", ANY), text(fields, "policy", SOMETHING), found, transfers, notes);
    }

    private RunTrace.Pe pe(Problems problems, String place, Located value) {
        Fields fields = fields(problems, place, value, "id", "type", "space", "activeWatts", "idleWatts", "parked");
        String id = text(fields, "id", SOMETHING);
        if (!pes.add(id) && problems.isEmpty()) {
            problems.add(value.at(), place + ".id", "found '" + id + "' again, expected another one");
        }
        return new RunTrace.Pe(
                id,
                text(fields, "type", SOMETHING),
                text(fields, "space", SOMETHING),
                number(fields, "activeWatts"),
                number(fields, "idleWatts"),
                flag(fields, "parked"));
    }

    private static RunTrace.Transfer transfer(Problems problems, String place, Located value) {
        Fields fields = fields(problems, place, value, "from", "to", "startNanos", "nanosPerByte");
        return new RunTrace.Transfer(
                required(fields, "from"),
                required(fields, "to"),
                number(fields, "startNanos"),
                number(fields, "nanosPerByte"));
    }

    private void profile(Problems problems, Located.Obj object) {
        Fields fields = fields(problems, "", object, "kind", "profile");
        Located value = fields.require("profile");
        ApplicationProfile profile = value == null ? null : new ProfileJson(problems).profile("profile", value);
        if (profile != null) {
            profiles.add(profile);
            if (!applications.add(profile.name())) {
                problems.add(
                        object.at(), "profile.name", "found '" + profile.name() + "' again, expected another name");
            }
        }
    }

    private void request(Problems problems, Located.Obj object) {
        Fields fields = fields(
                problems,
                "",
                object,
                "kind",
                "id",
                "application",
                "arrivalNanos",
                "endNanos",
                "tenant",
                "tenantWeight",
                "priority",
                "softDeadlineNanos",
                "hardDeadlineNanos",
                "value",
                "outcome");
        String application = text(fields, "application", SOMETHING);
        if (problems.isEmpty() && !applications.contains(application)) {
            problems.add(
                    object.at(),
                    "application",
                    "found '" + application + "', expected one of which a profile came before");
        }
        long id = integer(fields, "id", MOST);
        if (problems.isEmpty() && !ids.add(id)) {
            problems.add(object.at(), "id", "found " + id + " again, expected another one");
        }
        long arrival = integer(fields, "arrivalNanos", MOST);
        long end = integer(fields, "endNanos", MOST);
        if (problems.isEmpty() && end < arrival) {
            problems.add(object.at(), "endNanos", "found " + end + ", expected " + arrival + " (arrivalNanos) or more");
        }
        Double priority = fields.require("priority") == null
                ? null
                : fields.number("priority", Integer.MIN_VALUE, Integer.MAX_VALUE, true);
        requests.add(new RunTrace.Request(
                id,
                application,
                arrival,
                end,
                text(fields, "tenant", ANY),
                number(fields, "tenantWeight"),
                priority == null ? 0 : priority.intValue(),
                fields.has("softDeadlineNanos") ? integer(fields, "softDeadlineNanos", MOST) : RunTrace.Request.NONE,
                fields.has("hardDeadlineNanos") ? integer(fields, "hardDeadlineNanos", MOST) : RunTrace.Request.NONE,
                number(fields, "value"),
                text(fields, "outcome", SOMETHING)));
    }

    private void task(Problems problems, Located.Obj object) {
        Fields fields = fields(
                problems,
                "",
                object,
                "kind",
                "request",
                "application",
                "task",
                "layers",
                "pe",
                "readyNanos",
                "assignedNanos",
                "startedNanos",
                "finishedNanos",
                "outcome");
        String pe = text(fields, "pe", SOMETHING);
        if (problems.isEmpty() && !pes.contains(pe)) {
            problems.add(object.at(), "pe", "found '" + pe + "', expected one of the header's");
        }
        List<String> outcomes = Arrays.stream(Outcome.values()).map(Enum::name).toList();
        String outcome = text(fields, "outcome", ANY);
        if (problems.isEmpty() && !outcomes.contains(outcome)) {
            problems.add(
                    object.at(),
                    "outcome",
                    "found '" + Problems.shorten(outcome) + "', expected one of " + String.join(", ", outcomes));
        }
        long started = integer(fields, "startedNanos", MOST);
        long finished = integer(fields, "finishedNanos", MOST);
        if (problems.isEmpty() && finished < started) {
            problems.add(
                    object.at(),
                    "finishedNanos",
                    "found " + finished + ", expected " + started + " (startedNanos) or more");
        }
        if (problems.isEmpty()) {
            tasks.add(new TaskRecord(
                    integer(fields, "request", MOST),
                    text(fields, "application", SOMETHING),
                    (int) integer(fields, "task", Integer.MAX_VALUE),
                    text(fields, "layers", ANY),
                    pe,
                    integer(fields, "readyNanos", MOST),
                    integer(fields, "assignedNanos", MOST),
                    started,
                    finished,
                    Outcome.valueOf(outcome)));
        }
    }

    // --- members; what is wrong is a problem, and then the line is not used ---

    private static Fields fields(Problems problems, String place, Located value, String... members) {
        Fields fields = Fields.of(problems, place, value, List.of(members));
        if (fields != null) {
            return fields;
        }
        Fields none = Fields.of(new Problems(), place, new Located.Obj(value.at(), Map.of()), List.of(members));
        if (none == null) {
            throw new IllegalStateException("an empty object is an object");
        }
        return none;
    }

    private static String required(Fields fields, String name) {
        String text = fields.text(name, ANY, "a text");
        return text == null ? "" : text;
    }

    private String text(Fields fields, String name, String pattern) {
        String text = fields.text(name, pattern, pattern.isEmpty() ? "a text" : "a text that is not empty");
        return text == null ? "" : names.computeIfAbsent(text, same -> same);
    }

    private static long integer(Fields fields, String name, double most) {
        Double number = fields.require(name) == null ? null : fields.number(name, 0, most, true);
        return number == null ? 0 : number.longValue();
    }

    private static double number(Fields fields, String name) {
        Double number = fields.require(name) == null ? null : fields.number(name, 0, MOST_NUMBER, false);
        return number == null ? 0 : number;
    }

    private static boolean flag(Fields fields, String name) {
        Located value = fields.require(name);
        if (value instanceof Located.Bool flag) {
            return flag.value();
        }
        if (value != null) {
            fields.wrong(name, value, "found " + value.kind() + ", expected true or false");
        }
        return false;
    }
}
