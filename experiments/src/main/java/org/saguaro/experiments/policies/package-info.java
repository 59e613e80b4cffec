// SPDX-License-Identifier: Apache-2.0
/** The scheduling policies that are installed, an instance for each simulation. */
@NullMarked
package org.saguaro.experiments.policies;

import org.jspecify.annotations.NullMarked;
