// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.inference;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * A request as far as it was read: its payload, if any, is still in the channel.
 *
 * @param kind what is asked for
 * @param id the client's number, returned with the answer
 * @param header the arguments, a JSON object
 * @param payloadBytes length of the payload
 */
record Message(Kind kind, long id, JsonNode header, long payloadBytes) {}
