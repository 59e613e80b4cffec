// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.workflow;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.DeploymentException;
import org.saguaro.runtime.core.WorkflowEdit;
import org.saguaro.runtime.core.WorkflowException;
import org.saguaro.runtime.core.WorkflowSource;
import org.saguaro.runtime.core.WorkflowStatus;
import org.saguaro.runtime.core.Workflows;
import org.saguaro.runtime.core.deploy.Engine;
import org.saguaro.runtime.core.deploy.VersionedDeployment;
import org.saguaro.runtime.core.json.Problems;

/** Keeps workflows deployed. Thread-safe; changes take turns. */
public final class WorkflowManager implements Workflows {

    private final Engine engine;
    private final Map<String, Running> running = new ConcurrentHashMap<>();
    private final Map<String, String> refused = new ConcurrentSkipListMap<>();

    /**
     * A workflow that is deployed.
     *
     * @param files the model files in use as they were when read: an adjustment that keeps one keeps its weights, and so its kernels
     */
    private record Running(
            int version,
            WorkflowSource source,
            WorkflowCompiler.Compiled compiled,
            Map<FileVersion, LayerGraph> files,
            VersionedDeployment deployment) {}

    /** A file that may be written anew. */
    private record FileVersion(Path file, FileTime modified, long sizeBytes) {}

    public WorkflowManager(Engine engine) {
        this.engine = engine;
    }

    // --- Workflows ---

    @Override
    public synchronized WorkflowStatus deploy(WorkflowSource source) throws WorkflowException {
        Description description = DescriptionReader.read(source);
        String name = description.name();
        if (present(name) != null) {
            throw new WorkflowException(source.origin() + ": found a workflow '" + name
                    + "' deployed already: adjust it, or choose another name");
        }
        Models models = new Models(source, null);
        WorkflowCompiler.Compiled compiled = WorkflowCompiler.compile(description, models, source.origin());
        try {
            VersionedDeployment deployment =
                    engine.deployVersioned(compiled.graph(), DeployOptions.named(name), description.qos()::over);
            running.put(name, new Running(1, source, compiled, models.files, deployment));
        } catch (DeploymentException e) {
            throw new WorkflowException(source.origin() + ": " + e.getMessage(), e);
        }
        return required(name);
    }

    @Override
    public synchronized WorkflowStatus adjust(WorkflowSource source) throws WorkflowException {
        Description description = DescriptionReader.read(source);
        String name = description.name();
        Running before = find(name);
        Models models = new Models(source, before);
        WorkflowCompiler.Compiled compiled = WorkflowCompiler.compile(description, models, source.origin());
        try {
            before.deployment().replace(compiled.graph(), description.qos()::over);
        } catch (DeploymentException e) {
            throw new WorkflowException(
                    source.origin() + ": " + e.getMessage() + "; version " + before.version() + " goes on", e);
        }
        running.put(name, new Running(before.version() + 1, source, compiled, models.files, before.deployment()));
        return required(name);
    }

    @Override
    public synchronized WorkflowStatus edit(String name, List<WorkflowEdit> edits) throws WorkflowException {
        Running before = find(name);
        String text = DescriptionEdits.apply(name, before.source().text(), edits);
        String origin = name + " version " + (before.version() + 1) + " (edited)";
        return adjust(new WorkflowSource(text, origin, before.source().folder()));
    }

    @Override
    public synchronized WorkflowStatus check(WorkflowSource source) throws WorkflowException {
        Description description = DescriptionReader.read(source);
        Models models = new Models(source, present(description.name()));
        WorkflowCompiler.Compiled compiled = WorkflowCompiler.compile(description, models, source.origin());
        return new WorkflowStatus(description.name(), 0, source, compiled.stages(), 0);
    }

    @Override
    public List<WorkflowStatus> workflows() {
        return running.keySet().stream()
                .flatMap(name -> workflow(name).stream())
                .sorted(Comparator.comparing(WorkflowStatus::name))
                .toList();
    }

    @Override
    public Optional<WorkflowStatus> workflow(String name) {
        return Optional.ofNullable(present(name)).map(this::status);
    }

    @Override
    public synchronized void undeploy(String name) throws WorkflowException {
        Running gone = find(name);
        gone.deployment().close();
        running.remove(name, gone);
    }

    @Override
    public Map<String, String> refusedFiles() {
        return Map.copyOf(refused);
    }

    /** A file of the watched folder is not what runs; or is again, without a reason. */
    void refused(String file, @Nullable String reason) {
        if (reason == null) {
            refused.remove(file);
        } else {
            refused.put(file, reason);
        }
    }

    /** Undeploys all. */
    public synchronized void close() {
        running.values().forEach(workflow -> workflow.deployment().close());
        running.clear();
    }

    /** What must be as it was for a description that was refused to be refused again: models, PEs, formats. */
    String surroundings() {
        return engine.deployments().stream().map(Deployment::name).toList() + " "
                + engine.processingElements().stream()
                        .map(pe -> pe.descriptor().id())
                        .toList()
                + " " + engine.formats();
    }

    private WorkflowStatus status(Running workflow) {
        return new WorkflowStatus(
                workflow.deployment().name(),
                workflow.version(),
                workflow.source(),
                workflow.compiled().stages(),
                engine.retiring(workflow.deployment().name()));
    }

    private WorkflowStatus required(String name) throws WorkflowException {
        return status(find(name));
    }

    private Running find(String name) throws WorkflowException {
        Running found = present(name);
        if (found == null) {
            throw new WorkflowException("found no workflow '" + name + "', expected one of "
                    + workflows().stream().map(WorkflowStatus::name).toList());
        }
        return found;
    }

    /** The workflow of that name, unless its deployment was closed. */
    private @Nullable Running present(String name) {
        Running found = running.get(name);
        if (found == null) {
            return null;
        }
        boolean alive =
                engine.deployment(name).filter(found.deployment()::equals).isPresent();
        if (!alive) {
            running.remove(name, found);
            return null;
        }
        return found;
    }

    /** Models for one compilation. What the version before uses stays what it is, as long as it is not changed. */
    private final class Models implements ModelSource {
        private final WorkflowSource source;
        private final @Nullable Running before;
        final Map<FileVersion, LayerGraph> files = new HashMap<>();

        Models(WorkflowSource source, @Nullable Running before) {
            this.source = source;
            this.before = before;
        }

        @Override
        public LayerGraph deployed(String name) throws MissingException {
            if (before != null && before.deployment().name().equals(name)) {
                throw new MissingException("found the workflow's own name '" + name + "', expected another deployment");
            }
            Optional<Deployment> deployment = engine.deployment(name);
            if (deployment.isPresent()) {
                return deployment.get().model();
            }
            LayerGraph kept = kept(name);
            if (kept != null) {
                return kept;
            }
            List<String> names =
                    engine.deployments().stream().map(Deployment::name).toList();
            throw new MissingException(
                    "found no deployment '" + name + "', expected one of " + names + Problems.suggestion(name, names));
        }

        /** The deployment is gone; the workflow has its model. */
        private @Nullable LayerGraph kept(String deployment) {
            if (before == null) {
                return null;
            }
            for (Description.Stage stage : before.compiled().description().stages()) {
                if (stage.work() instanceof Description.ModelByName model
                        && model.deployment().equals(deployment)) {
                    return before.compiled().models().get(stage.id());
                }
            }
            return null;
        }

        @Override
        public LayerGraph file(String name) throws MissingException {
            try {
                Path file = source.folder().resolve(name).normalize();
                if (!Files.isRegularFile(file)) {
                    throw new MissingException("found no file " + file + ", expected a model file");
                }
                FileVersion version = new FileVersion(file, Files.getLastModifiedTime(file), Files.size(file));
                LayerGraph known = before == null ? null : before.files().get(version);
                if (known == null) {
                    known = files.get(version);
                }
                LayerGraph graph = known == null ? engine.read(file) : known;
                files.put(version, graph);
                return graph;
            } catch (ModelFormatException e) {
                throw new MissingException(String.valueOf(e.getMessage()));
            } catch (IOException e) {
                throw new MissingException("the file cannot be read: " + e);
            } catch (InvalidPathException e) {
                throw new MissingException(
                        "found '" + Problems.shorten(name) + "', expected a file name: " + e.getReason());
            }
        }
    }
}
