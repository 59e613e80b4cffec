// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.api;

/**
 * Something that a model remembers from one request to the next: a buffer that it writes, or an attribute that it sets. It
 * belongs to a session, not to the model.
 *
 * @param name fully qualified name, for instance {@code memory.hidden_state}; methods of a model share states by name
 * @param value id of the value that carries its content when a request begins
 * @param initial its content in a new session: the id of a weight as {@link Argument.Ref}, or a constant
 * @param next its content when a request has succeeded: a value of the graph, or a constant
 */
public record State(String name, int value, Argument initial, Argument next) {}
