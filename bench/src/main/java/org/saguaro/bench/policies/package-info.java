// SPDX-License-Identifier: Apache-2.0
/** What a decision of each scheduling policy costs: {@link org.saguaro.bench.policies.PoliciesBench} first. */
@NullMarked
package org.saguaro.bench.policies;

import org.jspecify.annotations.NullMarked;
