// SPDX-License-Identifier: Apache-2.0
/** The commands that run a framework of their own (infer, inspect, check, demo), as services that the class path side finds. Bundle side. */
@NullMarked
package org.saguaro.launcher.command;

import org.jspecify.annotations.NullMarked;
