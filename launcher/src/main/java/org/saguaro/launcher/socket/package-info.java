// SPDX-License-Identifier: Apache-2.0
/** What every server on a Unix domain socket needs. Bundle side. */
@NullMarked
package org.saguaro.launcher.socket;

import org.jspecify.annotations.NullMarked;
