// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.sweep;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.saguaro.experiments.pool.PoolFile;
import org.saguaro.experiments.profile.ProfileException;
import org.saguaro.experiments.profile.ProfileFile;
import org.saguaro.experiments.workload.Workload;
import org.saguaro.experiments.workload.WorkloadException;
import org.saguaro.experiments.workload.WorkloadFile;
import org.saguaro.runtime.core.simulation.ApplicationProfile;

/** Finds what a sweep's description names. */
public final class SweepTasks {

    private static final String JSON = ".json";

    private SweepTasks() {}

    /**
     * A sweep from a file; what it names counts from the file's folder.
     *
     * @throws SweepException if the file is wrong
     * @throws WorkloadException if the workload is wrong, or a stream has no profile
     * @throws ProfileException if a file of profiles is wrong
     */
    public static Sweep.Task read(Path file) throws IOException, SweepException, WorkloadException, ProfileException {
        Path folder = file.toAbsolutePath().normalize().getParent();
        return of(SweepFile.read(file), file.toString(), folder == null ? Path.of("/") : folder);
    }

    /**
     * A sweep from its description.
     *
     * @param origin what messages call it
     * @param folder where names of files count from
     * @throws WorkloadException if the workload is wrong, or a stream has no profile
     * @throws ProfileException if a file of profiles is wrong
     */
    public static Sweep.Task of(SweepDescription description, String origin, Path folder)
            throws IOException, WorkloadException, ProfileException {
        Map<String, String> inputs = new LinkedHashMap<>();
        Map<String, ApplicationProfile> profiles = new LinkedHashMap<>();
        for (String name : description.profiles()) {
            ProfileFile.read(folder.resolve(name)).forEach(profile -> profiles.put(profile.name(), profile));
        }
        Workload workload;
        JsonNode written = description.workload();
        if (written.isTextual()) {
            Path file = folder.resolve(written.textValue());
            workload = WorkloadFile.read(file);
            inputs.put("workload " + written.textValue(), Files.readString(file));
        } else {
            workload = WorkloadFile.parse(written.toString(), origin + ", workload", folder);
        }
        String platform = description.platform();
        SweepPlatform pools = platform.endsWith(JSON)
                ? composition -> PoolFile.read(folder.resolve(platform), composition)
                : composition -> PoolFile.builtIn(platform, composition);
        return new Sweep.Task(description, pools, new ProfiledWorkload(workload, profiles), inputs);
    }
}
