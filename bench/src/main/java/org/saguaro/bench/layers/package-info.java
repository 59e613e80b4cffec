// SPDX-License-Identifier: Apache-2.0
/** What calls of the Layer API cost. */
@NullMarked
package org.saguaro.bench.layers;

import org.jspecify.annotations.NullMarked;
