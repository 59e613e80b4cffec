// SPDX-License-Identifier: Apache-2.0
/** What watching costs. */
@NullMarked
package org.saguaro.bench.monitor;

import org.jspecify.annotations.NullMarked;
