// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.sweep;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.saguaro.experiments.figure.PublishedApplications;
import org.saguaro.experiments.workload.Schedule;
import org.saguaro.experiments.workload.Source;
import org.saguaro.experiments.workload.Stream;
import org.saguaro.experiments.workload.Workload;
import org.saguaro.experiments.workload.WorkloadException;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.simulation.Arrivals;

/**
 * A workload whose streams' profiles are known without running them: from files, or those of the published applications. A rate scales
 * those of all streams alike.
 */
final class ProfiledWorkload implements SweepWorkload {

    private final Workload workload;
    private final List<ApplicationProfile> applications;
    private final long[] inputBits;
    private final List<String> tenants;

    /**
     * @param profiles by the stream's name
     * @throws WorkloadException if a stream has none
     */
    ProfiledWorkload(Workload workload, Map<String, ApplicationProfile> profiles) throws WorkloadException {
        this.workload = workload;
        List<ApplicationProfile> found = new ArrayList<>();
        for (Stream stream : workload.streams()) {
            ApplicationProfile profile = profile(workload, stream, profiles);
            found.add(new ApplicationProfile(stream.name(), profile.inputBits(), profile.kernels(), profile.tasks()));
        }
        this.applications = List.copyOf(found);
        this.inputBits =
                applications.stream().mapToLong(ApplicationProfile::inputBits).toArray();
        this.tenants = List.copyOf(workload.tenantWeights().keySet());
    }

    private static ApplicationProfile profile(
            Workload workload, Stream stream, Map<String, ApplicationProfile> profiles) throws WorkloadException {
        ApplicationProfile profile = profiles.get(stream.name());
        if (profile == null && stream.source() instanceof Source.Application application) {
            profile = PublishedApplications.find(application.name()).orElse(null);
        }
        if (profile == null) {
            throw new WorkloadException(workload.origin() + ": stream " + stream.name()
                    + ": found no profile of that name, expected one in a file of the sweep's \"profiles\" (./saguaro profile writes"
                    + " them), or one of the applications " + String.join(", ", PublishedApplications.names()));
        }
        return profile;
    }

    @Override
    public List<ApplicationProfile> applications() {
        return applications;
    }

    @Override
    public Arrivals arrivals(Rate rate, long seed) {
        try {
            Workload seeded = workload.withSeed(seed);
            Schedule schedule = new Schedule(seeded, inputBits, scale(seeded, rate));
            return into -> next(schedule, into);
        } catch (WorkloadException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /** How much faster than the workload says. */
    private double scale(Workload seeded, Rate rate) throws WorkloadException {
        if (rate.unit() == Rate.Unit.AS_WORKLOAD) {
            return 1;
        }
        Schedule asWritten = new Schedule(seeded, inputBits, 1);
        double own = 0;
        for (int i = 0; i < inputBits.length; i++) {
            own += asWritten.perSecond(i) * (rate.unit() == Rate.Unit.MBPS ? inputBits[i] / 1e6 : 1);
        }
        if (own <= 0) {
            throw new WorkloadException(workload.origin()
                    + ": found no stream with a rate" + (rate.unit() == Rate.Unit.MBPS ? " and input bits" : "")
                    + ", expected one that can be scaled to " + rate);
        }
        return rate.value() / own;
    }

    private boolean next(Schedule schedule, Arrivals.Arrival into) {
        if (!schedule.next()) {
            return false;
        }
        Stream stream = workload.streams().get(schedule.stream());
        into.nanos = schedule.nanos();
        into.application = schedule.stream();
        into.tenant = tenants.indexOf(stream.options().tenant());
        into.tenantWeight = stream.tenantWeight();
        into.priority = stream.options().priority();
        into.softDeadlineNanos = after(into.nanos, stream.options().softDeadline());
        into.hardDeadlineNanos = after(into.nanos, stream.options().hardDeadline());
        into.value = stream.options().value();
        return true;
    }

    private static long after(long nanos, java.util.Optional<java.time.Duration> deadline) {
        return deadline.isPresent() ? nanos + deadline.get().toNanos() : Long.MAX_VALUE;
    }
}
