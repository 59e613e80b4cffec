// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.shell;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.saguaro.formats.text.Figures;
import org.saguaro.formats.text.Json;
import org.saguaro.formats.text.Table;
import org.saguaro.launcher.command.CommandException;
import org.saguaro.runtime.core.layers.LayerApplication;
import org.saguaro.runtime.core.layers.LayerSession;
import org.saguaro.runtime.core.layers.Layers;

/** The shell's commands on the applications that bundles bring. Prints as {@link SaguaroCommands} does. */
@Component(
        service = ApplicationCommands.class,
        property = {
            "osgi.command.scope=saguaro",
            "osgi.command.function=application",
            "osgi.command.function=applications"
        })
public final class ApplicationCommands {

    /** Each takes a thread. */
    private static final int MOST_INSTANCES = 256;

    private final Layers layers;

    /** Services with their properties; they come and go with their bundles. */
    @Reference(policy = ReferencePolicy.DYNAMIC, cardinality = ReferenceCardinality.MULTIPLE)
    private volatile List<Map.Entry<Map<String, Object>, LayerApplication>> services = List.of();

    @Activate
    public ApplicationCommands(@Reference Layers layers) {
        this.layers = layers;
    }

    private record Run(long nanos, LayerApplication.Outcome outcome) {}

    /** Lists applications. */
    @Descriptor("lists the applications on the Layer API that bundles bring")
    public void applications(
            @Descriptor("print JSON")
                    @Parameter(
                            names = {"-j", "--json"},
                            presentValue = "true",
                            absentValue = "false")
                    boolean json) {
        if (json) {
            System.out.println(Json.text(byName().entrySet().stream()
                    .map(entry -> Json.object(
                            "application", entry.getKey(),
                            "inputs", entry.getValue().samples(),
                            "inputBits", entry.getValue().inputBits()))
                    .toList()));
            return;
        }
        Table table = new Table().column("application").figures("inputs").figures("bits per input");
        byName().forEach((name, application) ->
                table.row(name, application.samples(), Figures.count(application.inputBits())));
        System.out.print(table.isEmpty() ? "no applications; their bundles go into plugins/\n" : table);
    }

    /** Runs instances of one. */
    @Descriptor("runs instances of an application at the same time and says whether their results are right")
    public void application(
            @Descriptor("how many (default: 1)")
                    @Parameter(
                            names = {"-n", "--instances"},
                            absentValue = "1")
                    int instances,
            @Descriptor("print JSON")
                    @Parameter(
                            names = {"-j", "--json"},
                            presentValue = "true",
                            absentValue = "false")
                    boolean json,
            @Descriptor("name of the application") String name)
            throws Exception {
        LayerApplication application = find(name);
        if (instances < 1 || instances > MOST_INSTANCES) {
            throw new CommandException(
                    "expected 1 to " + MOST_INSTANCES + " instances at the same time, found " + instances);
        }
        List<Run> runs = runs(name, application, instances);
        print(runs, json);
        long wrong = runs.stream().filter(run -> !run.outcome().right()).count();
        if (wrong > 0) {
            throw new CommandException(name + ": " + wrong + " of " + instances + " results are not right");
        }
    }

    private LayerApplication find(String name) throws CommandException {
        Map<String, LayerApplication> known = byName();
        LayerApplication found = known.get(name);
        if (found == null) {
            throw new CommandException(
                    "no application '" + name + "'; there are: " + String.join(", ", known.keySet()));
        }
        return found;
    }

    private Map<String, LayerApplication> byName() {
        Map<String, LayerApplication> applications = new TreeMap<>();
        for (Map.Entry<Map<String, Object>, LayerApplication> service : services) {
            if (service.getKey().get(LayerApplication.NAME_PROPERTY) instanceof String name) {
                applications.putIfAbsent(name, service.getValue());
            }
        }
        return applications;
    }

    /** Each on a thread and in a session of its own, on one input after the other. */
    private List<Run> runs(String name, LayerApplication application, int instances) throws Exception {
        List<Callable<Run>> calls = new ArrayList<>();
        for (int i = 0; i < instances; i++) {
            int sample = i % application.samples();
            calls.add(() -> {
                try (LayerSession session = layers.open(name)) {
                    long begin = System.nanoTime();
                    LayerApplication.Outcome outcome = application.run(session, sample);
                    return new Run(System.nanoTime() - begin, outcome);
                }
            });
        }
        ExecutorService threads = Executors.newFixedThreadPool(instances, task -> new Thread(task, "saguaro-" + name));
        try {
            List<Run> runs = new ArrayList<>();
            for (Future<Run> run : threads.invokeAll(calls)) {
                runs.add(run.get());
            }
            return runs;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        } finally {
            threads.shutdownNow();
        }
    }

    private static void print(List<Run> runs, boolean json) {
        if (json) {
            System.out.println(Json.text(runs.stream()
                    .map(run -> Json.object(
                            "nanos", run.nanos(),
                            "right", run.outcome().right(),
                            "answer", run.outcome().answer(),
                            "expected", run.outcome().expected()))
                    .toList()));
            return;
        }
        Table table = new Table().figures("ms").column("right").column("answer").column("expected");
        for (Run run : runs) {
            table.row(
                    Figures.millis(run.nanos()),
                    run.outcome().right() ? "yes" : "NO",
                    run.outcome().answer(),
                    run.outcome().expected());
        }
        System.out.print(table);
    }
}
