// SPDX-License-Identifier: Apache-2.0
/** The shell: its commands, their completion, and the Unix domain socket they are reached through. Bundle side. */
@NullMarked
package org.saguaro.launcher.shell;

import org.jspecify.annotations.NullMarked;
