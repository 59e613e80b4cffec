// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.component;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.saguaro.runtime.core.TensorService;
import org.saguaro.runtime.core.WorkflowEdit;
import org.saguaro.runtime.core.WorkflowException;
import org.saguaro.runtime.core.WorkflowSource;
import org.saguaro.runtime.core.WorkflowStatus;
import org.saguaro.runtime.core.Workflows;
import org.saguaro.runtime.core.deploy.Engine;
import org.saguaro.runtime.core.workflow.FolderWatch;
import org.saguaro.runtime.core.workflow.ServicePe;
import org.saguaro.runtime.core.workflow.WorkflowManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Registers {@link Workflows}, watches a folder of descriptions, and gives every {@link TensorService} a processing element. */
@Component(immediate = true, configurationPid = WorkflowComponent.PID)
@Designate(ocd = WorkflowComponent.Configuration.class)
public final class WorkflowComponent implements Workflows {

    /** Where it is configured. */
    public static final String PID = "org.saguaro.runtime.core.workflow";

    private static final Logger LOG = LoggerFactory.getLogger(WorkflowComponent.class);
    private static final String NAME = "[A-Za-z_][A-Za-z0-9_-]{0,63}";

    /** What can be configured. */
    @ObjectClassDefinition(name = "Saguaro workflows")
    public @interface Configuration {
        @AttributeDefinition(description = "Folder whose *.json files are kept deployed; empty: none")
        String folder() default "";

        @AttributeDefinition(description = "How often the folder is looked at, in milliseconds")
        long poll_millis() default 500;
    }

    private final Engine engine;
    private final WorkflowManager workflows;
    private final IdentityHashMap<TensorService, ServicePe> services = new IdentityHashMap<>();
    private final Set<String> ids = new HashSet<>();
    private final @Nullable ScheduledExecutorService watch;

    @Activate
    public WorkflowComponent(@Reference Engine engine, Configuration configuration) {
        this.engine = engine;
        workflows = new WorkflowManager(engine);
        if (configuration.folder().isBlank()) {
            watch = null;
            return;
        }
        FolderWatch folder = new FolderWatch(Path.of(configuration.folder()), workflows);
        watch = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "saguaro-workflows");
            thread.setDaemon(true);
            return thread;
        });
        var unused = watch.scheduleWithFixedDelay(
                () -> poll(folder), 0, Math.max(1, configuration.poll_millis()), TimeUnit.MILLISECONDS);
    }

    private static void poll(FolderWatch folder) {
        try {
            folder.poll();
        } catch (RuntimeException e) {
            // An exception would end the repetition in silence.
            LOG.error("the folder of workflows could not be looked at", e);
        }
    }

    @Deactivate
    void stop() {
        if (watch != null) {
            watch.shutdownNow();
        }
        workflows.close();
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void bindTensorService(TensorService service, Map<String, Object> properties) {
        if (!(properties.get(TensorService.NAME_PROPERTY) instanceof String name) || !name.matches(NAME)) {
            LOG.error(
                    "a tensor service is not used: found the property {} = {}, expected a name of letters, digits, _ and -",
                    TensorService.NAME_PROPERTY,
                    properties.get(TensorService.NAME_PROPERTY));
            return;
        }
        ServicePe pe;
        synchronized (services) {
            String id = "service-" + name;
            for (int i = 2; !ids.add(id); i++) {
                id = "service-" + name + "-" + i;
            }
            pe = new ServicePe(name, id, service);
            services.put(service, pe);
        }
        engine.addPe(pe);
    }

    void unbindTensorService(TensorService service) {
        ServicePe pe;
        synchronized (services) {
            pe = services.remove(service);
        }
        if (pe != null) {
            engine.removePe(pe);
            synchronized (services) {
                ids.remove(pe.descriptor().id());
            }
        }
    }

    // --- Workflows ---

    @Override
    public WorkflowStatus deploy(WorkflowSource source) throws WorkflowException {
        return workflows.deploy(source);
    }

    @Override
    public WorkflowStatus adjust(WorkflowSource source) throws WorkflowException {
        return workflows.adjust(source);
    }

    @Override
    public WorkflowStatus edit(String name, List<WorkflowEdit> edits) throws WorkflowException {
        return workflows.edit(name, edits);
    }

    @Override
    public WorkflowStatus check(WorkflowSource source) throws WorkflowException {
        return workflows.check(source);
    }

    @Override
    public List<WorkflowStatus> workflows() {
        return workflows.workflows();
    }

    @Override
    public Optional<WorkflowStatus> workflow(String name) {
        return workflows.workflow(name);
    }

    @Override
    public void undeploy(String name) throws WorkflowException {
        workflows.undeploy(name);
    }

    @Override
    public Map<String, String> refusedFiles() {
        return workflows.refusedFiles();
    }
}
