// SPDX-License-Identifier: Apache-2.0
/** Tables, figures and JSON as the commands print them. Bundle side. */
@NullMarked
package org.saguaro.launcher.text;

import org.jspecify.annotations.NullMarked;
