// SPDX-License-Identifier: Apache-2.0
/** What the FPGA's engines take, in cycles of their simulated hardware. */
@NullMarked
package org.saguaro.bench.rtl;

import org.jspecify.annotations.NullMarked;
