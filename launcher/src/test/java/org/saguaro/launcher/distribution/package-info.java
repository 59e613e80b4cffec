// SPDX-License-Identifier: Apache-2.0
/** Tests of the scripts and of the built distribution, from outside. */
@NullMarked
package org.saguaro.launcher.distribution;

import org.jspecify.annotations.NullMarked;
