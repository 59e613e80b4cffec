// SPDX-License-Identifier: Apache-2.0
/** For tests of what reads JSON, here and in other modules. */
@NullMarked
package org.saguaro.runtime.core.json.damage;

import org.jspecify.annotations.NullMarked;
