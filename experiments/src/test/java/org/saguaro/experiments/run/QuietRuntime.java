// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.runtime.core.CostStatus;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.DeploymentStatistics;
import org.saguaro.runtime.core.LayerSupport;
import org.saguaro.runtime.core.Monitor;
import org.saguaro.runtime.core.MonitorSnapshot;
import org.saguaro.runtime.core.PeStatus;
import org.saguaro.runtime.core.PolicyStatus;
import org.saguaro.runtime.core.SaguaroRuntime;
import org.saguaro.runtime.core.SchedulingRound;
import org.saguaro.runtime.core.SensorReading;
import org.saguaro.runtime.core.TaskRecord;
import org.saguaro.runtime.core.TenantStatus;
import org.saguaro.runtime.core.TransferStatus;

/** A runtime that has nothing, and a monitor of it that tells of the rounds it is given. */
final class QuietRuntime implements SaguaroRuntime, Monitor {

    private final List<SchedulingRound> rounds = new ArrayList<>();
    private volatile int kept;

    /** A round has been. */
    synchronized void round(SchedulingRound round) {
        rounds.add(round);
    }

    int kept() {
        return kept;
    }

    @Override
    public void keepRounds(int capacity) {
        kept = capacity;
    }

    @Override
    public synchronized List<SchedulingRound> takeRounds() {
        List<SchedulingRound> taken = List.copyOf(rounds);
        rounds.clear();
        return taken;
    }

    @Override
    public MonitorSnapshot snapshot() {
        throw new UnsupportedOperationException("nobody samples");
    }

    @Override
    public List<SensorReading> sensors() {
        return List.of();
    }

    @Override
    public boolean isOn() {
        return true;
    }

    @Override
    public void on(boolean on) {}

    @Override
    public LayerGraph read(Path model) {
        throw new UnsupportedOperationException("there is no reader");
    }

    @Override
    public Deployment deploy(LayerGraph model, DeployOptions options) {
        throw new UnsupportedOperationException("there is no PE");
    }

    @Override
    public List<Deployment> deployments() {
        return List.of();
    }

    @Override
    public Optional<Deployment> deployment(String name) {
        return Optional.empty();
    }

    @Override
    public List<LayerSupport> inspect(LayerGraph model) {
        return List.of();
    }

    @Override
    public List<PeStatus> processingElements() {
        return List.of();
    }

    @Override
    public List<PolicyStatus> policies() {
        return List.of(new PolicyStatus("fcfs", "the core", -1, true));
    }

    @Override
    public List<TaskRecord> trace() {
        return List.of();
    }

    @Override
    public void clearTrace() {}

    @Override
    public List<DeploymentStatistics> statistics() {
        return List.of();
    }

    @Override
    public List<TenantStatus> tenants() {
        return List.of();
    }

    @Override
    public List<CostStatus> costs() {
        return List.of();
    }

    @Override
    public List<TransferStatus> transfers() {
        return List.of();
    }
}
