// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The service that deploys workflows: models, built-in steps and services of applications, connected by a description in JSON. A
 * workflow is deployed as one model: requests, placement, trace and sessions are those of the {@link Deployment} of its name.
 *
 * <p>Adjusting it makes a new version beside the one that runs, and swaps them when the new one is ready. Requests in flight finish on
 * the version they started with; a request sent after {@link #adjust} returned is computed by the new one. If anything is wrong with the new
 * version, nothing changes. Sessions go on with the new version, their state begins anew.
 *
 * <p>Thread-safe; calls that change one workflow take turns.
 */
@ProviderType
public interface Workflows {

    /**
     * Deploys a workflow.
     *
     * @throws WorkflowException if the description is wrong, the name is taken, or it cannot be deployed; nothing stays behind
     */
    WorkflowStatus deploy(WorkflowSource source) throws WorkflowException;

    /**
     * Replaces the workflow of the description's name.
     *
     * @throws WorkflowException if there is none, the description is wrong, or it cannot be deployed; the running version goes on
     */
    WorkflowStatus adjust(WorkflowSource source) throws WorkflowException;

    /**
     * Adjusts a workflow by changes of its present description, all at once.
     *
     * @throws WorkflowException as {@link #adjust}
     */
    WorkflowStatus edit(String name, List<WorkflowEdit> edits) throws WorkflowException;

    /**
     * Validates a description against what is deployed now, and deploys nothing.
     *
     * @return its stages, as version 0
     * @throws WorkflowException if it is wrong
     */
    WorkflowStatus check(WorkflowSource source) throws WorkflowException;

    /** The workflows deployed, by name. */
    List<WorkflowStatus> workflows();

    /** The workflow of that name. */
    Optional<WorkflowStatus> workflow(String name);

    /**
     * Undeploys a workflow; returns when its requests in flight have ended. Closing its deployment does the same.
     *
     * @throws WorkflowException if there is none of that name
     */
    void undeploy(String name) throws WorkflowException;

    /** Files of the watched folder that are not what runs, with the reason. */
    Map<String, String> refusedFiles();
}
