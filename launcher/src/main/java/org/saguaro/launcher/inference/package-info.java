// SPDX-License-Identifier: Apache-2.0
/**
 * The daemon's door for programs: deploys models and runs requests for clients in any language, over a Unix domain socket and
 * shared memory. {@code docs/protocol.md} says what the bytes mean. Bundle side.
 */
@NullMarked
package org.saguaro.launcher.inference;

import org.jspecify.annotations.NullMarked;
