// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.monitor;

import java.util.OptionalDouble;

/** What PEs were measured to draw; to be preferred to what their descriptors claim. Thread-safe. */
public interface MeasuredPower {

    /** What a busy PE of that type adds to what the machine draws anyway; empty if it was not measured (yet). */
    OptionalDouble activeWatts(String peType);
}
