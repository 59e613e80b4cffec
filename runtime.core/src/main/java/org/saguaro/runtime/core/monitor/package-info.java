// SPDX-License-Identifier: Apache-2.0
/**
 * What happened: trace records and counters.
 */
@NullMarked
package org.saguaro.runtime.core.monitor;

import org.jspecify.annotations.NullMarked;
