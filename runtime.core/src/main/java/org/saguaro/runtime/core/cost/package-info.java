// SPDX-License-Identifier: Apache-2.0
/**
 * What a kernel costs: a roofline prior, then what was measured, kept across restarts.
 */
@NullMarked
package org.saguaro.runtime.core.cost;

import org.jspecify.annotations.NullMarked;
