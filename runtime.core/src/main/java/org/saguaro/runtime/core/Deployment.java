// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

import org.osgi.annotation.versioning.ProviderType;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.runtime.core.simulation.ApplicationProfile;

/** A model ready to serve requests. It is a session itself: the one of all callers that open none. Thread-safe. */
@ProviderType
public interface Deployment extends Session {

    /** Unique among the deployments. */
    String name();

    /** The model as it was read. */
    LayerGraph model();

    /** A session of its own, with the state as the model file says. Ends with the deployment, or when it is closed. */
    Session openSession();

    /** Its task graph with what its kernels take, as far as known: for the simulator. */
    ApplicationProfile profile();

    /** Where each layer may run, where it ran, and why not elsewhere. */
    PlacementReport placement();

    /**
     * Measures how far the kernels of accelerators, and those that compute less exactly than in float32, are from the CPU's: the deployment's
     * samples, or random inputs where there are none, go through the model once on the CPU; then each such kernel runs on what its task got. PEs do
     * that when nothing waits for them, a kernel at a time. Those that get no tasks now (parked, quarantined) are left out.
     *
     * @return the placement with the errors
     * @throws RequestException {@code INVALID_INPUT} if there are no samples and the model leaves sizes open; as a request's otherwise
     */
    PlacementReport measureErrors() throws RequestException, InterruptedException;

    /** Undeploys: no new requests; returns when those in flight have ended and all kernels are closed. A second call does nothing. */
    @Override
    void close();
}
