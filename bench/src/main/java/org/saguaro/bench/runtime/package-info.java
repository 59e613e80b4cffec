// SPDX-License-Identifier: Apache-2.0
/** Measurements of the core itself, on kernels that do next to nothing. */
@NullMarked
package org.saguaro.bench.runtime;

import org.jspecify.annotations.NullMarked;
