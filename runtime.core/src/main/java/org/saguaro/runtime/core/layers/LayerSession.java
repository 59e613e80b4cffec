// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.layers;

import org.osgi.annotation.versioning.ProviderType;
import org.saguaro.runtime.core.DeploymentStatistics;
import org.saguaro.runtime.core.simulation.ApplicationProfile;

/** An application's use of the Layer API: its outermost scope. Thread-safe. */
@ProviderType
public interface LayerSession extends LayerScope {

    /** How traces and statistics name it. */
    String application();

    /**
     * Its number, different from that of every request: in traces its calls are the tasks of a request of that number, and each has, as its
     * position, how many were issued before it.
     */
    long number();

    /** Counters of its calls, their latencies from when they were issued to their results. */
    DeploymentStatistics statistics();

    /**
     * The calls so far as a task graph, for the simulator: who waits for whom, and what time the application itself took between a
     * result and the next call.
     *
     * @throws IllegalStateException if the session does not record ({@link LayerOptions#recorded}), or a call has not ended or failed
     */
    ApplicationProfile profile();

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
