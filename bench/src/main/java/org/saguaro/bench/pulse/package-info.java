// SPDX-License-Identifier: Apache-2.0
/** Many tiny calls at a time: Pulse Doppler instances on CPU cores, and on emulated accelerators beside them. */
@NullMarked
package org.saguaro.bench.pulse;

import org.jspecify.annotations.NullMarked;
