// SPDX-License-Identifier: Apache-2.0
/** The placement report as text, JSON and a page. Bundle side. */
@NullMarked
package org.saguaro.launcher.placement;

import org.jspecify.annotations.NullMarked;
