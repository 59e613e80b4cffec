// SPDX-License-Identifier: Apache-2.0
/** WiFi-TX: an 802.11-style transmitter on the Layer API, and a receiver that checks it. */
@NullMarked
package org.saguaro.examples.wifitx;

import org.jspecify.annotations.NullMarked;
