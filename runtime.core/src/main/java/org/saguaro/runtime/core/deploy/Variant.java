// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import org.saguaro.runtime.core.dispatch.Plan;
import org.saguaro.runtime.core.lowering.LoweredGraph;

/** One form in which a model runs: in general, for inputs of certain sizes, or a method of it. */
record Variant(LoweredGraph lowered, Plan plan) {}
