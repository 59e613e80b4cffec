// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.syntax;

import java.util.Map;

/** What a file of code defines. */
public record SourceUnit(Map<String, ClassDefinition> classes, Map<String, FunctionDefinition> functions) {}
