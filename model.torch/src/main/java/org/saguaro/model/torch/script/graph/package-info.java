// SPDX-License-Identifier: Apache-2.0
/** Layer graphs while they are drawn up. Start at {@link org.saguaro.model.torch.script.graph.GraphDraft}. */
@NullMarked
package org.saguaro.model.torch.script.graph;

import org.jspecify.annotations.NullMarked;
