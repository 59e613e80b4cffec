// SPDX-License-Identifier: Apache-2.0
/** JSON documents that are read with suspicion: every access names its place and what it expected. */
@NullMarked
package org.saguaro.model.torch.json;

import org.jspecify.annotations.NullMarked;
