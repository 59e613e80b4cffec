// SPDX-License-Identifier: Apache-2.0
/** Programmable logic whose overlay follows the demand, against one overlay for all of it. */
@NullMarked
package org.saguaro.bench.overlays;

import org.jspecify.annotations.NullMarked;
