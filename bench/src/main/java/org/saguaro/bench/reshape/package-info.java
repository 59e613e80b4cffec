// SPDX-License-Identifier: Apache-2.0
/** The cores re-shaped under load, against the cores in one shape. */
@NullMarked
package org.saguaro.bench.reshape;

import org.jspecify.annotations.NullMarked;
