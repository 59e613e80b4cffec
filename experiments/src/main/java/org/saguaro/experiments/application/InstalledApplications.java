// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.application;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.saguaro.experiments.workload.WorkloadException;
import org.saguaro.runtime.core.layers.LayerApplication;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Collects the {@link LayerApplication} services. */
@Component
public final class InstalledApplications implements LayerApplications {

    private static final Logger LOG = LoggerFactory.getLogger(InstalledApplications.class);

    private final Map<String, LayerApplication> byName = new HashMap<>();

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    synchronized void bind(LayerApplication application, Map<String, Object> properties) {
        Object name = properties.get(LayerApplication.NAME_PROPERTY);
        if (name instanceof String text && !text.isBlank()) {
            byName.put(text, application);
            notifyAll();
        } else {
            LOG.error(
                    "the application {} is not used: it has no service property {}",
                    application.getClass().getName(),
                    LayerApplication.NAME_PROPERTY);
        }
    }

    synchronized void unbind(LayerApplication application) {
        byName.values().removeIf(known -> known == application);
    }

    @Override
    public synchronized List<String> names() {
        return byName.keySet().stream().sorted().toList();
    }

    @Override
    public synchronized LayerApplication await(String name, Duration patience)
            throws WorkloadException, InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        LayerApplication found = byName.get(name);
        for (long left = patience.toNanos(); found == null && left > 0; left = deadline - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
            found = byName.get(name);
        }
        if (found == null) {
            throw new WorkloadException("found no application '" + name + "', expected one of "
                    + (byName.isEmpty() ? "none: no bundle registers any" : String.join(", ", names()))
                    + "; put its bundle into plugins/");
        }
        return found;
    }
}
