// SPDX-License-Identifier: Apache-2.0
/** Applies the description of the platform. Bundle side. */
@NullMarked
package org.saguaro.launcher.platform;

import org.jspecify.annotations.NullMarked;
