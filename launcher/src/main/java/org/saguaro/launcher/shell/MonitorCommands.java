// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.shell;

import java.time.Duration;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.saguaro.formats.text.Figures;
import org.saguaro.formats.text.Json;
import org.saguaro.formats.text.RecordJson;
import org.saguaro.formats.text.Table;
import org.saguaro.launcher.command.CommandException;
import org.saguaro.runtime.core.Monitor;
import org.saguaro.runtime.core.MonitorSnapshot;
import org.saguaro.runtime.core.SensorReading;

/** The shell's commands on the monitor; see {@link SaguaroCommands} for how they run. */
@Component(
        service = MonitorCommands.class,
        property = {"osgi.command.scope=saguaro", "osgi.command.function=monitor", "osgi.command.function=sensors"})
public final class MonitorCommands {

    private static final double SHORTEST_WATCH_SECONDS = 0.1;

    private final Monitor monitor;

    @Activate
    public MonitorCommands(@Reference Monitor monitor) {
        this.monitor = monitor;
    }

    /** Shows the latest sample, or turns sampling on and off. */
    @Descriptor(
            "shows utilisation, queues, latencies, scheduling, memory, host and sensors; 'monitor off' and 'monitor on' switch timing")
    public void monitor(
            @Descriptor("print JSON")
                    @Parameter(
                            names = {"-j", "--json"},
                            presentValue = "true",
                            absentValue = "false")
                    boolean json,
            @Descriptor("show it again every so many seconds, until interrupted")
                    @Parameter(
                            names = {"-w", "--watch"},
                            absentValue = "0")
                    double watchSeconds,
            @Descriptor("with --watch: end after so many times")
                    @Parameter(
                            names = {"-n", "--count"},
                            absentValue = "0")
                    int count,
            @Descriptor("on, off, or nothing") String... onOrOff)
            throws CommandException, InterruptedException {
        if (onOrOff.length > 0) {
            turn(onOrOff);
            return;
        }
        show(json);
        int shown = 1;
        while (watchSeconds > 0 && (count <= 0 || shown < count)) {
            Thread.sleep((long) (Math.max(SHORTEST_WATCH_SECONDS, watchSeconds) * 1000));
            System.out.println();
            show(json);
            System.out.flush();
            shown++;
        }
    }

    private void turn(String... onOrOff) throws CommandException {
        if (onOrOff.length != 1 || !(onOrOff[0].equals("on") || onOrOff[0].equals("off"))) {
            throw new CommandException(
                    "usage: monitor [--json] [--watch SECONDS [--count N]] | monitor on | monitor off");
        }
        monitor.on(onOrOff[0].equals("on"));
        System.out.println("monitoring is " + onOrOff[0]);
    }

    private void show(boolean json) {
        MonitorSnapshot snapshot = monitor.snapshot();
        if (json) {
            System.out.println(Json.text(RecordJson.of(snapshot)));
        } else if (snapshot.number() == 0) {
            System.out.println(
                    monitor.isOn() ? "nothing was sampled yet" : "monitoring is off: 'monitor on' turns it on");
        } else {
            Duration age = Duration.ofMillis(Math.max(0, System.currentTimeMillis() - snapshot.epochMillis()));
            System.out.print(MonitorText.text(snapshot, monitor.isOn(), age));
        }
    }

    /** Lists sensors. */
    @Descriptor("lists the sensors of this machine, what they say, and where from")
    public void sensors(
            @Descriptor("print JSON")
                    @Parameter(
                            names = {"-j", "--json"},
                            presentValue = "true",
                            absentValue = "false")
                    boolean json) {
        if (json) {
            System.out.println(
                    Json.text(monitor.sensors().stream().map(RecordJson::of).toList()));
            return;
        }
        Table table =
                new Table().column("sensor").figures("value").column("unit").column("source");
        for (SensorReading reading : monitor.sensors()) {
            table.row(
                    reading.name(),
                    Figures.threeDigits(reading.value()),
                    reading.quantity().unit(),
                    reading.source());
        }
        System.out.print(table.isEmpty() ? "no sensors can be read on this machine\n" : table.toString());
    }
}
