// SPDX-License-Identifier: Apache-2.0
/** Pulse Doppler: range and velocity of a target, on the Layer API. */
@NullMarked
package org.saguaro.examples.pulsedoppler;

import org.jspecify.annotations.NullMarked;
