// SPDX-License-Identifier: Apache-2.0
/** Pictures of what ran where: Chrome/Perfetto JSON and a Gantt chart. Bundle side. */
@NullMarked
package org.saguaro.launcher.trace;

import org.jspecify.annotations.NullMarked;
