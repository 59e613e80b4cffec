// SPDX-License-Identifier: Apache-2.0
/** The CPU's kernels against TorchScript and ONNX Runtime. */
@NullMarked
package org.saguaro.bench.cpu;

import org.jspecify.annotations.NullMarked;
