// SPDX-License-Identifier: Apache-2.0
/**
 * The Layer API's inside: tensors that wait for their calls, calls that wait for their tensors, and the plans they run on.
 */
@NullMarked
package org.saguaro.runtime.core.calls;

import org.jspecify.annotations.NullMarked;
