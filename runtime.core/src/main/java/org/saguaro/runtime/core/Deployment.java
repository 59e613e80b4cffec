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

    /** Undeploys: no new requests; returns when those in flight have ended and all kernels are closed. A second call does nothing. */
    @Override
    void close();
}
