// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.lanedetection;

import org.osgi.service.component.annotations.Component;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.layers.LayerApplication;
import org.saguaro.runtime.core.layers.LayerSession;

/**
 * From a colour picture to the inner edges of the lane's markings: grey values, blurred gradients by products of Fourier transforms, edges in
 * a region of interest, Hough transform for either side. The transforms are the Layer API's, the rest is for the CPU.
 */
@Component(property = LayerApplication.NAME_PROPERTY + "=lane-detection")
public final class LaneDetection implements LayerApplication {

    private final Recordings recordings = new Recordings();
    private final GradientFilter filter = new GradientFilter();

    @Override
    public long inputBits() {
        return (long) Picture.ROWS * Picture.COLUMNS * Picture.CHANNELS * Byte.SIZE;
    }

    @Override
    public int samples() {
        return recordings.size();
    }

    @Override
    public Outcome run(LayerSession session, int sample) throws RequestException, InterruptedException {
        Recordings.Road road = recordings.road(sample);
        Gradients gradients = filter.of(session, road.picture().grey());
        Edges edges = new Edges(gradients);
        Lane found = new Lane(LaneLine.find(edges, LaneLine.Side.LEFT), LaneLine.find(edges, LaneLine.Side.RIGHT));
        return road.outcome(found, gradients);
    }
}
