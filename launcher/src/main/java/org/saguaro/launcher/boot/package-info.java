// SPDX-License-Identifier: Apache-2.0
/** The class path side: the command line, the framework's start and stop, the client of a running daemon. Talks to bundles through types of the JDK only. */
@NullMarked
package org.saguaro.launcher.boot;

import org.jspecify.annotations.NullMarked;
