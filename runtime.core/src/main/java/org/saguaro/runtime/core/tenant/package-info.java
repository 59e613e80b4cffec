// SPDX-License-Identifier: Apache-2.0
/**
 * On whose behalf requests come: shares, bounds and accounts.
 */
@NullMarked
package org.saguaro.runtime.core.tenant;

import org.jspecify.annotations.NullMarked;
