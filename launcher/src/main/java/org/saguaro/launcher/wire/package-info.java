// SPDX-License-Identifier: Apache-2.0
/** The frames that the shell's client and server exchange. In both halves of the launcher, each with its own copy. */
@NullMarked
package org.saguaro.launcher.wire;

import org.jspecify.annotations.NullMarked;
