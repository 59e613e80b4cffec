// SPDX-License-Identifier: Apache-2.0
/** Published scheduling heuristics: one class each, which opens with its rule, its cost, its tie-break and its source. */
@NullMarked
package org.saguaro.scheduler.heuristics;

import org.jspecify.annotations.NullMarked;
