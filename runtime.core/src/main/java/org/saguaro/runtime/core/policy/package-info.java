// SPDX-License-Identifier: Apache-2.0
/**
 * Which scheduling policy decides, and how it is swapped under load.
 */
@NullMarked
package org.saguaro.runtime.core.policy;

import org.jspecify.annotations.NullMarked;
