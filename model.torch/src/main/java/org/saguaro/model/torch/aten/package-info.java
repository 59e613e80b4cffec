// SPDX-License-Identifier: Apache-2.0
/** The schemas of the ATen operators. */
@NullMarked
package org.saguaro.model.torch.aten;

import org.jspecify.annotations.NullMarked;
