// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.calls;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.saguaro.runtime.core.DeploymentStatistics;
import org.saguaro.runtime.core.layers.LayerOptions;
import org.saguaro.runtime.core.layers.LayerSession;
import org.saguaro.runtime.core.layers.Layers;

/** The Layer API as one of several users has it: closing it closes the sessions opened through it, and no others. Thread-safe. */
public final class LayersOfBundle implements Layers, AutoCloseable {

    private final LayerRuntime runtime;
    private final Set<LayerSession> sessions = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    public LayersOfBundle(LayerRuntime runtime) {
        this.runtime = runtime;
    }

    @Override
    public LayerSession open(String application, LayerOptions options) {
        LayerSession session = runtime.open(application, options);
        // Closed ones are of no interest any more; there are few sessions.
        sessions.removeIf(known -> ((ApplicationSession) known).isClosed());
        sessions.add(session);
        if (closed) {
            session.close();
            throw new IllegalStateException("the service was given back: get it again");
        }
        return session;
    }

    @Override
    public List<DeploymentStatistics> statistics() {
        return runtime.statistics();
    }

    @Override
    public void close() {
        closed = true;
        sessions.forEach(LayerSession::close);
        sessions.clear();
    }
}
