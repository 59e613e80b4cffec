// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

import org.osgi.annotation.versioning.ProviderType;
import org.saguaro.accel.api.PeShape;

/**
 * Who shares out the hardware: which shape the cores have, how much memory idle deployments keep, which processing elements take part. A
 * controller does that as the load changes; people may look at it, hold it, and do it themselves. A service; callable from any thread.
 */
@ProviderType
public interface Provisioning {

    /** How things are, and what was done lately. */
    ProvisioningStatus status();

    /**
     * Puts a shape to work and freezes the controller, so that it stays. First prepares all deployments for it, which may take seconds; requests
     * are served meanwhile. Returns when the shape is at work, or waits for the last kernels of another.
     *
     * @throws IllegalArgumentException if no processing element has this shape; the message names those that there are
     * @throws IllegalStateException if the hardware could not be brought into it, and has the shape before; the message says why
     */
    void reshape(PeShape shape);

    /** Holds the controller: it changes nothing until {@link #unfreeze}. Evicted kernels still come back when a request needs them. */
    void freeze(String reason);

    /** Lets the controller go on. */
    void unfreeze();

    /**
     * Takes a processing element out under load: what waits for it goes elsewhere, what it runs goes on. It stays out until {@link
     * #unpark}; the controller does not touch it.
     *
     * @throws IllegalArgumentException if it is not present; the message names those that are
     */
    void park(String peId, String reason);

    /**
     * Takes a processing element back in.
     *
     * @return false if nobody had taken it out
     * @throws IllegalArgumentException if it is not present
     */
    boolean unpark(String peId);
}
