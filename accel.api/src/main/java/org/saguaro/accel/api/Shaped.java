// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * An ability of a {@link ProcessingElement}: it is one of several ways to use the same hardware. Cores may be many narrow PEs or a few
 * wide ones; programmable logic holds one overlay or another. A bundle offers the PEs of all shapes; the core keeps those of one shape per group at
 * work and <em>parks</em> the others: they are prepared, but get no tasks. Which shape is at work is the provisioning's choice, and
 * changes under load.
 */
@ConsumerType
public interface Shaped extends ProcessingElement {

    /** Which way; always the same. */
    PeShape shape();
}
