// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.layers;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;
import org.saguaro.runtime.core.DeploymentStatistics;

/**
 * The service that runs single operators for applications. Every bundle gets an instance of its own: when the bundle stops or gives the
 * service back, the sessions it opened are closed. Thread-safe.
 */
@ProviderType
public interface Layers {

    /**
     * Opens a session with default options.
     *
     * @param application how traces, statistics and charts name its calls; need not be unique
     */
    default LayerSession open(String application) {
        return open(application, LayerOptions.DEFAULT);
    }

    /**
     * Opens a session.
     *
     * @param application how traces, statistics and charts name its calls; need not be unique
     * @throws IllegalArgumentException if the name is blank
     * @throws IllegalStateException if the runtime is stopping
     */
    LayerSession open(String application, LayerOptions options);

    /** Counters of the open sessions of all bundles, oldest first. */
    List<DeploymentStatistics> statistics();
}
