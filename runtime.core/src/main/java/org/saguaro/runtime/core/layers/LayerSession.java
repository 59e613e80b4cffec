// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.layers;

import org.osgi.annotation.versioning.ProviderType;
import org.saguaro.runtime.core.DeploymentStatistics;

/** An application's use of the Layer API: its outermost scope. Thread-safe. */
@ProviderType
public interface LayerSession extends LayerScope {

    /** How traces and statistics name it. */
    String application();

    /** Counters of its calls, their latencies from when they were issued to their results. */
    DeploymentStatistics statistics();

    /**
     * Waits until all calls issued so far have ended, failed ones included.
     *
     * @throws InterruptedException if the waiting thread is interrupted; the calls go on
     */
    void awaitCalls() throws InterruptedException;

    /** Ends the calls in flight with {@code CANCELLED}, and closes all its tensors and scopes. A second call does nothing. */
    @Override
    void close();
}
