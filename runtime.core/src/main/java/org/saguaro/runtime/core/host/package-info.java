// SPDX-License-Identifier: Apache-2.0
/**
 * What the core computes itself: the operators of {@link org.saguaro.model.api.HostOp} on Java objects, as Python does them.
 */
@NullMarked
package org.saguaro.runtime.core.host;

import org.jspecify.annotations.NullMarked;
