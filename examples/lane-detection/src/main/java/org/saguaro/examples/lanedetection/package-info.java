// SPDX-License-Identifier: Apache-2.0
/** Lane detection: the lines of a lane in a picture of the road, on the Layer API. */
@NullMarked
package org.saguaro.examples.lanedetection;

import org.jspecify.annotations.NullMarked;
