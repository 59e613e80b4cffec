// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.monitor;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.runtime.core.DeploymentStatistics;
import org.saguaro.runtime.core.MonitorSnapshot.MemoryUse;
import org.saguaro.runtime.core.PeStatus;

/** A runtime that does what it is told, at a time that it is told. */
final class FakeLoad implements LoadSource {

    long nowNanos = 1_000_000_000;
    final List<Pe> pes = new ArrayList<>();
    final List<DeploymentStatistics> applications = new ArrayList<>();
    final RoundMeter rounds = new RoundMeter();

    static final class Pe {
        final String id;
        final long arrivalNanos;
        final PeMeter meter = new PeMeter();
        long busyNanos;
        long completed;

        Pe(String id, long arrivalNanos) {
            this.id = id;
            this.arrivalNanos = arrivalNanos;
        }

        void ran(long nanos) {
            busyNanos += nanos;
            completed++;
            meter.completed(1_000, nanos);
        }
    }

    Pe pe(String id) {
        Pe pe = new Pe(id, nowNanos);
        pes.add(pe);
        return pe;
    }

    static DeploymentStatistics application(String name, long submitted, long completed) {
        return new DeploymentStatistics(name, submitted, completed, 0, 0, submitted - completed, 5, 5, 6, 7, 8);
    }

    @Override
    public List<PeSample> peSamples() {
        return pes.stream()
                .map(pe -> new PeSample(
                        new PeStatus(
                                new PeDescriptor(pe.id, "cpu", 1, 1e9, 1e9, 0),
                                "host",
                                PeStatus.State.ACTIVE,
                                "",
                                2,
                                pe.completed,
                                0,
                                pe.busyNanos,
                                nowNanos - pe.arrivalNanos,
                                Optional.empty()),
                        pe.busyNanos,
                        pe.meter.queueNanos(),
                        pe.meter.taskNanos()))
                .toList();
    }

    @Override
    public List<DeploymentStatistics> statistics() {
        return List.copyOf(applications);
    }

    @Override
    public RoundMeter rounds() {
        return rounds;
    }

    @Override
    public String activePolicy() {
        return "eft";
    }

    @Override
    public List<MemoryUse> memoryUse() {
        return List.of(new MemoryUse("host", 4096, 0));
    }
}
