// SPDX-License-Identifier: Apache-2.0
/** Brings the OSGi log to where everything else is logged. Bundle side. */
@NullMarked
package org.saguaro.launcher.log;

import org.jspecify.annotations.NullMarked;
