// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ModelFormatException;

/** The service that deploys models on the PEs present and runs requests. Thread-safe. */
@ProviderType
public interface SaguaroRuntime {

    /**
     * Reads a model file with the reader that accepts it.
     *
     * @throws ModelFormatException if no reader accepts it, or the file is damaged or uses something not supported
     * @throws IOException if the file cannot be read
     */
    LayerGraph read(Path model) throws IOException, ModelFormatException;

    /**
     * Deploys a model: lowers it and prepares it on every PE that supports some of its layers. Returns when requests can be
     * served; PEs that come later are added in the background.
     *
     * @throws DeploymentException if the name is taken, no installed PE can run some layer, or preparation fails everywhere;
     *     nothing stays behind
     */
    Deployment deploy(LayerGraph model, DeployOptions options) throws DeploymentException;

    /** What is deployed, oldest first. */
    List<Deployment> deployments();

    /** The deployment of that name. */
    Optional<Deployment> deployment(String name);

    /** Which PEs support which layers of a model, without deploying it. */
    List<LayerSupport> inspect(LayerGraph model);

    /** The PEs known, by id, quarantined ones included. */
    List<PeStatus> processingElements();

    /** The scheduling policies present and the core's own first-come-first-served. */
    List<PolicyStatus> policies();

    /** The most recent task records, oldest first; how many are kept is configured. */
    List<TaskRecord> trace();

    /** Forgets the task records so far. */
    void clearTrace();

    /** Counters and latencies per deployment since it was made. */
    List<DeploymentStatistics> statistics();

    /** On whose behalf requests came, by name; those that were configured, and those that had requests of late. */
    List<TenantStatus> tenants();

    /** What the cost model knows of kernels, by kernel and type of PE. */
    List<CostStatus> costs();

    /** What the cost model knows of copies, by memory spaces. */
    List<TransferStatus> transfers();
}
