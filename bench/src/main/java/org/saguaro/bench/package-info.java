// SPDX-License-Identifier: Apache-2.0
/** Measurements against peers; {@link org.saguaro.bench.Main} dispatches. Nothing here is shipped. */
@NullMarked
package org.saguaro.bench;

import org.jspecify.annotations.NullMarked;
