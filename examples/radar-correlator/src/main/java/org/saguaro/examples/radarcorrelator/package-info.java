// SPDX-License-Identifier: Apache-2.0
/** Radar correlator: the range of a target by one correlation, on the Layer API. */
@NullMarked
package org.saguaro.examples.radarcorrelator;

import org.jspecify.annotations.NullMarked;
