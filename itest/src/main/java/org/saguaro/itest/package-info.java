// SPDX-License-Identifier: Apache-2.0
/** Tests that run inside the framework, from outside the bundles under test. */
@NullMarked
package org.saguaro.itest;

import org.jspecify.annotations.NullMarked;
