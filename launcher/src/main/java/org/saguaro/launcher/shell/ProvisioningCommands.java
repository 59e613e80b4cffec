// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.shell;

import java.time.Duration;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.saguaro.accel.api.PeShape;
import org.saguaro.formats.text.Figures;
import org.saguaro.formats.text.Json;
import org.saguaro.formats.text.Table;
import org.saguaro.launcher.command.CommandException;
import org.saguaro.runtime.core.Provisioning;
import org.saguaro.runtime.core.ProvisioningStatus;
import org.saguaro.runtime.core.ProvisioningStatus.Action;
import org.saguaro.runtime.core.ProvisioningStatus.Group;
import org.saguaro.runtime.core.ProvisioningStatus.Holding;

/** The shell's commands on who gets which hardware. As {@link SaguaroCommands}: a method is a command, its annotations are its help. */
@Component(
        service = ProvisioningCommands.class,
        property = {
            "osgi.command.scope=saguaro",
            "osgi.command.function=provisioning",
            "osgi.command.function=reshape",
            "osgi.command.function=freeze",
            "osgi.command.function=unfreeze",
            "osgi.command.function=park",
            "osgi.command.function=unpark"
        })
public final class ProvisioningCommands {

    private static final int ACTION_ROWS = 12;
    private static final double BYTES_PER_MEGABYTE = 1e6;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT).withZone(ZoneId.systemDefault());

    private final Provisioning provisioning;

    @Activate
    public ProvisioningCommands(@Reference Provisioning provisioning) {
        this.provisioning = provisioning;
    }

    /** Says how the hardware is shared out. */
    @Descriptor(
            "says how the hardware is shared out: shapes of the cores, memory per deployment, what was done and why")
    public void provisioning(
            @Descriptor("print JSON")
                    @Parameter(
                            names = {"-j", "--json"},
                            presentValue = "true",
                            absentValue = "false")
                    boolean json) {
        ProvisioningStatus status = provisioning.status();
        if (json) {
            System.out.println(Json.text(json(status)));
            return;
        }
        System.out.println(status.frozen()
                .map(reason -> "The controller is frozen: " + reason)
                .orElse("The controller is at work"));
        System.out.println();
        print(groups(status), "no processing elements with several shapes\n");
        Table overlays = overlays(status);
        if (!overlays.isEmpty()) {
            System.out.println();
            System.out.print(overlays);
        }
        System.out.println();
        print(holdings(status), "nothing is deployed\n");
        if (status.memoryCapBytes() > 0) {
            System.out.println(
                    megabytes(status.residentBytes()) + " MB of kernels, cap " + megabytes(status.memoryCapBytes()));
        }
        System.out.println();
        print(actions(status), "nothing was done yet\n");
    }

    private static void print(Table table, String ifEmpty) {
        System.out.print(table.isEmpty() ? ifEmpty : table);
    }

    private static Table groups(ProvisioningStatus status) {
        Table table = new Table()
                .column("group")
                .column("shape")
                .column("shapes")
                .figures("tasks at a time")
                .figures("gain of wide")
                .column("");
        for (Group group : status.groups()) {
            if (group.overlays().isPresent()) {
                continue;
            }
            table.row(
                    group.name(),
                    group.active(),
                    String.join(", ", group.shapes()),
                    Figures.threeDigits(group.concurrency()),
                    group.gain() == 0 ? "not measured" : Figures.threeDigits(group.gain()),
                    group.handingOver() ? "waits for the last kernels of another shape" : "");
        }
        return table;
    }

    private static Table overlays(ProvisioningStatus status) {
        Table table = new Table()
                .column("group")
                .column("overlay")
                .column("overlays, time to load")
                .figures("regret")
                .figures("changes")
                .figures("paid")
                .figures("saved")
                .column("");
        for (Group group : status.groups()) {
            group.overlays()
                    .ifPresent(overlays -> table.row(
                            group.name(),
                            group.active(),
                            overlays.configuration().entrySet().stream()
                                    .map(overlay -> overlay.getKey() + " " + duration(overlay.getValue()))
                                    .collect(Collectors.joining(", ")),
                            overlays.regret().values().stream()
                                    .max(Comparator.naturalOrder())
                                    .map(ProvisioningCommands::duration)
                                    .orElse("-"),
                            overlays.changes(),
                            duration(overlays.paid()),
                            duration(overlays.saved()),
                            group.handingOver() ? "is being loaded" : overlays.problem()));
        }
        return table;
    }

    private static String duration(Duration duration) {
        return (duration.isNegative() ? "-" : "") + Figures.duration(Math.abs(duration.toNanos()));
    }

    private static Object overlaysJson(Group group) {
        return group.overlays()
                .<Object>map(overlays -> Json.object(
                        "configurationNanos", nanos(overlays.configuration()),
                        "regretNanos", nanos(overlays.regret()),
                        "problem", overlays.problem(),
                        "changes", overlays.changes(),
                        "failures", overlays.failures(),
                        "paidNanos", overlays.paid().toNanos(),
                        "savedNanos", overlays.saved().toNanos()))
                .orElse(Json.object());
    }

    private static Map<String, Long> nanos(Map<String, Duration> durations) {
        Map<String, Long> nanos = new TreeMap<>();
        durations.forEach((name, duration) -> nanos.put(name, duration.toNanos()));
        return nanos;
    }

    private static Table holdings(ProvisioningStatus status) {
        Table table = new Table()
                .column("deployment")
                .figures("kernels MB")
                .figures("evicted MB")
                .figures("buffers MB")
                .figures("in flight")
                .figures("idle");
        for (Holding holding : status.deployments()) {
            table.row(
                    holding.name(),
                    megabytes(holding.residentBytes()),
                    megabytes(holding.evictedBytes()),
                    megabytes(holding.arenaBytes()),
                    holding.inFlight(),
                    Figures.duration(Math.max(0, holding.idle().toNanos())));
        }
        return table;
    }

    private static Table actions(ProvisioningStatus status) {
        Table table = new Table().column("time").column("action").column("of").column("why");
        List<Action> all = status.actions();
        for (Action action : all.subList(Math.max(0, all.size() - ACTION_ROWS), all.size())) {
            table.row(
                    TIME.format(action.when()),
                    action.kind().name().toLowerCase(Locale.ROOT),
                    action.subject(),
                    action.reason());
        }
        return table;
    }

    private static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f", bytes / BYTES_PER_MEGABYTE);
    }

    private static Object json(ProvisioningStatus status) {
        return Json.object(
                "frozen", status.frozen().orElse(""),
                "memoryCapBytes", status.memoryCapBytes(),
                "residentBytes", status.residentBytes(),
                "groups",
                        status.groups().stream()
                                .map(group -> Json.object(
                                        "name", group.name(),
                                        "active", group.active(),
                                        "shapes", group.shapes(),
                                        "handingOver", group.handingOver(),
                                        "concurrency", group.concurrency(),
                                        "gain", group.gain(),
                                        "overlays", overlaysJson(group)))
                                .toList(),
                "deployments",
                        status.deployments().stream()
                                .map(holding -> Json.object(
                                        "name", holding.name(),
                                        "residentBytes", holding.residentBytes(),
                                        "evictedBytes", holding.evictedBytes(),
                                        "arenaBytes", holding.arenaBytes(),
                                        "inFlight", holding.inFlight(),
                                        "idleNanos", holding.idle().toNanos()))
                                .toList(),
                "actions",
                        status.actions().stream()
                                .map(action -> Json.object(
                                        "when", action.when().toString(),
                                        "kind", action.kind().name(),
                                        "subject", action.subject(),
                                        "reason", action.reason()))
                                .toList());
    }

    /** Puts a shape to work. */
    @Descriptor("puts a shape of the cores, or an overlay, to work, and freezes the controller so that it stays")
    public void reshape(@Descriptor("for instance wide, cpu/wide, or pl/conv2") String shape) throws CommandException {
        PeShape wanted = find(shape);
        long begin = System.nanoTime();
        try {
            provisioning.reshape(wanted);
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new CommandException(String.valueOf(e.getMessage()));
        }
        System.out.println(wanted.group() + " is " + wanted.name() + " after "
                + Figures.duration(System.nanoTime() - begin)
                + "; the controller is frozen, 'unfreeze' lets it go on");
    }

    private PeShape find(String shape) throws CommandException {
        List<PeShape> found = new ArrayList<>();
        List<PeShape> all = new ArrayList<>();
        for (Group group : provisioning.status().groups()) {
            for (String name : group.shapes()) {
                PeShape candidate = new PeShape(group.name(), name);
                all.add(candidate);
                if (shape.equals(name) || shape.equals(candidate.toString())) {
                    found.add(candidate);
                }
            }
        }
        if (found.size() != 1) {
            throw new CommandException((found.isEmpty() ? "no shape '" : "several groups have a shape '") + shape
                    + "'; there are " + (all.isEmpty() ? "none: the processing elements have one shape each" : all));
        }
        return found.get(0);
    }

    /** Holds the controller. */
    @Descriptor("holds the controller: shapes and memory stay as they are")
    public void freeze() {
        provisioning.freeze("by hand");
        System.out.println("the controller is frozen");
    }

    /** Lets the controller go on. */
    @Descriptor("lets the controller go on")
    public void unfreeze() {
        provisioning.unfreeze();
        System.out.println("the controller is at work");
    }

    /** Takes a PE out. */
    @Descriptor("takes a processing element out under load: what waits for it goes elsewhere, no request is lost")
    public void park(@Descriptor("id of the processing element, as 'pes' shows it") String id) throws CommandException {
        try {
            provisioning.park(id, "by hand");
        } catch (IllegalArgumentException e) {
            throw new CommandException(String.valueOf(e.getMessage()));
        }
        System.out.println(id + " is parked, 'unpark " + id + "' takes it back in");
    }

    /** Takes a PE back in. */
    @Descriptor("takes a parked processing element back in")
    public void unpark(@Descriptor("id of the processing element") String id) throws CommandException {
        try {
            System.out.println(provisioning.unpark(id) ? id + " takes part again" : id + " was not parked by hand");
        } catch (IllegalArgumentException e) {
            throw new CommandException(String.valueOf(e.getMessage()));
        }
    }
}
