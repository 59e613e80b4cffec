// SPDX-License-Identifier: Apache-2.0
/**
 * Where tensors are: one value, its replicas in memory spaces, and the copies between them.
 */
@NullMarked
package org.saguaro.runtime.core.residency;

import org.jspecify.annotations.NullMarked;
