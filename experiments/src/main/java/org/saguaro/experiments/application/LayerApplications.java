// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.application;

import java.time.Duration;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;
import org.saguaro.experiments.workload.WorkloadException;
import org.saguaro.runtime.core.layers.LayerApplication;

/** The service that knows the installed applications on the Layer API. Thread-safe. */
@ProviderType
public interface LayerApplications {

    /** Their names, sorted. */
    List<String> names();

    /**
     * An application by name; waits for it a while, because a bundle in {@code plugins/} may still be starting.
     *
     * @throws WorkloadException if it does not come; names those there are
     * @throws InterruptedException if the thread is interrupted
     */
    LayerApplication await(String name, Duration patience) throws WorkloadException, InterruptedException;
}
