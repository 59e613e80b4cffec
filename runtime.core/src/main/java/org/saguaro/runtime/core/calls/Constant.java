// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.calls;

import org.saguaro.model.api.Tensor;

/** Data that kernels are prepared with; each is different from all others, whatever is in it. */
final class Constant {

    private final Tensor data;

    Constant(Tensor data) {
        this.data = data;
    }

    Tensor data() {
        return data;
    }
}
