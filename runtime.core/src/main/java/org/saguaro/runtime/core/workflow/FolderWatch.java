// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.workflow;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.saguaro.runtime.core.WorkflowException;
import org.saguaro.runtime.core.WorkflowSource;
import org.saguaro.runtime.core.WorkflowStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what is deployed as a folder says: a file {@code *.json} that comes is deployed, one that changes adjusts its workflow, one that goes
 * takes it out. Looks when it is told to ({@link #poll}).
 *
 * <p>A file is read when two looks in a row found it the same, so one that is being written is left alone. One that is refused is tried
 * again when it changes, or when deployments, PEs or model readers have come or gone: its models may come after it.
 *
 * <p>Not thread-safe: one thread polls.
 */
public final class FolderWatch {

    private static final Logger LOG = LoggerFactory.getLogger(FolderWatch.class);

    private final Path folder;
    private final WorkflowManager workflows;
    private final Map<Path, Seen> files = new HashMap<>();
    private boolean reported;

    /** How a file looked. */
    private record Look(FileTime modified, long sizeBytes) {}

    /** What is known of a file. */
    private static final class Seen {
        /** When it was looked at last. */
        @Nullable
        Look look;
        /** When it was read last. */
        @Nullable
        Look read;
        /** The workflow that it deployed, or null. */
        @Nullable
        String workflow;
        /** Why it was refused, or null. */
        @Nullable
        String reason;
        /** What was there when it was refused. */
        String surroundings = "";
    }

    public FolderWatch(Path folder, WorkflowManager workflows) {
        this.folder = folder;
        this.workflows = workflows;
    }

    /** Looks once, and deploys, adjusts and undeploys what has changed. Returns when that is done. */
    public void poll() {
        Map<Path, Look> present;
        try {
            present = look();
            reported = false;
        } catch (IOException e) {
            if (!reported) {
                LOG.error("workflows are not watched: the folder {} cannot be read: {}", folder, e.toString());
                reported = true;
            }
            return;
        }
        Set<Path> gone = new HashSet<>(files.keySet());
        gone.removeAll(present.keySet());
        gone.forEach(this::remove);
        present.forEach(this::visit);
    }

    private Map<Path, Look> look() throws IOException {
        Map<Path, Look> present = new TreeMap<>();
        if (!Files.isDirectory(folder)) {
            return present;
        }
        List<Path> named;
        try (Stream<Path> entries = Files.list(folder)) {
            named = entries.filter(file -> file.getFileName().toString().endsWith(".json"))
                    .filter(file -> !file.getFileName().toString().startsWith("."))
                    .toList();
        }
        for (Path file : named) {
            try {
                if (Files.isRegularFile(file)) {
                    present.put(file, new Look(Files.getLastModifiedTime(file), Files.size(file)));
                }
            } catch (NoSuchFileException e) {
                LOG.debug("{} went while the folder was listed", file);
            }
        }
        return present;
    }

    private void visit(Path file, Look look) {
        Seen seen = files.computeIfAbsent(file, path -> new Seen());
        boolean settled = look.equals(seen.look);
        seen.look = look;
        if (!settled) {
            return;
        }
        boolean again = seen.reason != null && !seen.surroundings.equals(workflows.surroundings());
        if (!look.equals(seen.read) || again) {
            apply(file, seen, look);
        }
    }

    private void apply(Path file, Seen seen, Look look) {
        seen.read = look;
        seen.surroundings = workflows.surroundings();
        try {
            WorkflowSource source = WorkflowSource.of(file);
            String name = DescriptionReader.read(source).name();
            requireOneFile(file, name);
            boolean own = name.equals(seen.workflow) && workflows.workflow(name).isPresent();
            WorkflowStatus status = own ? workflows.adjust(source) : workflows.deploy(source);
            String before = seen.workflow;
            seen.workflow = name;
            if (before != null && !before.equals(name)) {
                undeploy(before);
            }
            seen.reason = null;
            workflows.refused(file.toString(), null);
            LOG.info("{}: workflow {} version {}", file, name, status.version());
        } catch (IOException | WorkflowException e) {
            refuse(file, seen, String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            LOG.error("{} could not be deployed", file, e);
            refuse(file, seen, e.toString());
        }
    }

    private void refuse(Path file, Seen seen, String reason) {
        if (!reason.equals(seen.reason)) {
            LOG.error(
                    "workflow refused{}: {}",
                    seen.workflow == null ? "" : ", " + seen.workflow + " goes on as it was",
                    reason);
        }
        seen.reason = reason;
        workflows.refused(file.toString(), reason);
    }

    private void requireOneFile(Path file, String name) throws WorkflowException {
        for (Map.Entry<Path, Seen> other : files.entrySet()) {
            if (!other.getKey().equals(file) && name.equals(other.getValue().workflow)) {
                throw new WorkflowException(file + ": found the workflow '" + name + "', which " + other.getKey()
                        + " describes already; remove one of them, or give it another name");
            }
        }
    }

    private void remove(Path file) {
        Seen seen = files.remove(file);
        workflows.refused(file.toString(), null);
        if (seen != null && seen.workflow != null) {
            LOG.info("{} is gone", file);
            undeploy(seen.workflow);
        }
    }

    private void undeploy(String name) {
        try {
            workflows.undeploy(name);
        } catch (WorkflowException e) {
            // Somebody undeployed it by hand.
            LOG.info("{}", e.getMessage());
        }
    }
}
