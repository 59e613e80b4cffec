// SPDX-License-Identifier: Apache-2.0
/**
 * Workflows: {@link org.saguaro.runtime.core.workflow.DescriptionReader} reads JSON, {@link
 * org.saguaro.runtime.core.workflow.WorkflowCompiler} makes one layer graph of it, {@link
 * org.saguaro.runtime.core.workflow.WorkflowManager} keeps versions of it deployed.
 */
@NullMarked
package org.saguaro.runtime.core.workflow;

import org.jspecify.annotations.NullMarked;
