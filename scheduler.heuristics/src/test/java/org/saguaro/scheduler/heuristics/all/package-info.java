// SPDX-License-Identifier: Apache-2.0
/** All policies of ours, for tests and benches without a framework. */
@NullMarked
package org.saguaro.scheduler.heuristics.all;

import org.jspecify.annotations.NullMarked;
