// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.shell;

import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.saguaro.formats.text.Figures;
import org.saguaro.formats.text.Json;
import org.saguaro.formats.text.Table;
import org.saguaro.launcher.command.CommandException;
import org.saguaro.runtime.core.CostStatus;
import org.saguaro.runtime.core.SaguaroRuntime;
import org.saguaro.runtime.core.TenantStatus;
import org.saguaro.runtime.core.TransferStatus;

/** The shell's commands on costs and tenants. Prints as {@link SaguaroCommands} does. */
@Component(
        service = StatsCommands.class,
        property = {"osgi.command.scope=saguaro", "osgi.command.function=costs", "osgi.command.function=tenants"})
public final class StatsCommands {

    private final SaguaroRuntime runtime;

    @Activate
    public StatsCommands(@Reference SaguaroRuntime runtime) {
        this.runtime = runtime;
    }

    /** The part of that name: what follows {@code stats}. */
    void part(String name, boolean json) throws CommandException {
        switch (name) {
            case "costs" -> costs(json);
            case "tenants" -> tenants(json);
            default ->
                throw new CommandException("found stats " + name + ", expected stats, stats costs or stats tenants");
        }
    }

    /** Shows what the cost model knows. */
    @Descriptor("shows expected times of kernels and copies, and how wrong they were of late")
    public void costs(
            @Descriptor("print JSON")
                    @Parameter(
                            names = {"-j", "--json"},
                            presentValue = "true",
                            absentValue = "false")
                    boolean json) {
        if (json) {
            System.out.println(Json.text(Json.object(
                    "kernels",
                    runtime.costs().stream().map(StatsCommands::costJson).toList(),
                    "transfers",
                    runtime.transfers().stream()
                            .map(StatsCommands::transferJson)
                            .toList())));
            return;
        }
        Table kernels = new Table()
                .column("kernel")
                .column("PE type")
                .figures("prior")
                .figures("mean")
                .figures("deviation")
                .figures("count")
                .figures("changes")
                .figures("error")
                .figures("bias")
                .figures("last");
        for (CostStatus cost : runtime.costs()) {
            kernels.row(
                    cost.kernel(),
                    cost.peType(),
                    cost.priorNanos() == CostStatus.NO_PRIOR ? "" : Figures.duration(cost.priorNanos()),
                    Figures.duration(cost.meanNanos()),
                    Figures.duration(cost.deviationNanos()),
                    cost.count(),
                    cost.changes(),
                    error(cost, cost.meanAbsoluteError()),
                    error(cost, cost.bias()),
                    error(cost, cost.lastError()));
        }
        System.out.print(kernels.isEmpty() ? "no kernel is known yet\n" : kernels);
        Table transfers = new Table()
                .column("from")
                .column("to")
                .figures("start us")
                .figures("ns per byte")
                .figures("count");
        for (TransferStatus transfer : runtime.transfers()) {
            transfers.row(
                    transfer.from(),
                    transfer.to(),
                    Figures.threeDigits(transfer.startNanos() / 1e3),
                    Figures.threeDigits(transfer.nanosPerByte()),
                    transfer.count());
        }
        if (!transfers.isEmpty()) {
            System.out.print("\n" + transfers);
        }
    }

    private static String error(CostStatus cost, double error) {
        return cost.predictions() == 0 ? "" : Figures.percent(error);
    }

    private static Object costJson(CostStatus cost) {
        return Json.objectWithNulls(
                "kernel", cost.kernel(),
                "peType", cost.peType(),
                "priorNanos", cost.priorNanos() == CostStatus.NO_PRIOR ? null : cost.priorNanos(),
                "meanNanos", cost.meanNanos(),
                "deviationNanos", cost.deviationNanos(),
                "count", cost.count(),
                "changes", cost.changes(),
                "predictions", cost.predictions(),
                "meanAbsoluteError", cost.meanAbsoluteError(),
                "bias", cost.bias(),
                "lastError", cost.lastError());
    }

    private static Object transferJson(TransferStatus transfer) {
        return Json.object(
                "from", transfer.from(),
                "to", transfer.to(),
                "startNanos", transfer.startNanos(),
                "nanosPerByte", transfer.nanosPerByte(),
                "count", transfer.count());
    }

    /** Shows tenants. */
    @Descriptor("shows on whose behalf requests came: shares, bounds, accounts")
    public void tenants(
            @Descriptor("print JSON")
                    @Parameter(
                            names = {"-j", "--json"},
                            presentValue = "true",
                            absentValue = "false")
                    boolean json) {
        if (json) {
            System.out.println(Json.text(
                    runtime.tenants().stream().map(StatsCommands::tenantJson).toList()));
            return;
        }
        Table table = new Table()
                .column("tenant")
                .figures("weight")
                .figures("bound")
                .figures("in flight")
                .figures("completed")
                .figures("failed")
                .figures("refused")
                .figures("dropped")
                .figures("PE ms")
                .figures("share");
        for (TenantStatus tenant : runtime.tenants()) {
            table.row(
                    tenant.name(),
                    Figures.threeDigits(tenant.weight()),
                    tenant.bound(),
                    tenant.inFlight(),
                    tenant.completed(),
                    tenant.failed(),
                    tenant.refused(),
                    tenant.dropped(),
                    Figures.millis(tenant.peNanos()),
                    Figures.percent(tenant.peShare()));
        }
        System.out.print(table.isEmpty() ? "no tenants\n" : table);
    }

    private static Object tenantJson(TenantStatus tenant) {
        return Json.object(
                "tenant", tenant.name(),
                "configured", tenant.configured(),
                "weight", tenant.weight(),
                "bound", tenant.bound(),
                "inFlight", tenant.inFlight(),
                "submitted", tenant.submitted(),
                "completed", tenant.completed(),
                "failed", tenant.failed(),
                "refused", tenant.refused(),
                "dropped", tenant.dropped(),
                "peNanos", tenant.peNanos(),
                "peShare", tenant.peShare());
    }
}
