// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api;

import org.osgi.annotation.versioning.ConsumerType;

/** An ability of a {@link ProcessingElement}: it has a clock of its own and counts what it does. */
@ConsumerType
public interface CycleCounter extends ProcessingElement {

    /** A snapshot. Any thread, also while a kernel runs. */
    CycleCount cycleCount();
}
