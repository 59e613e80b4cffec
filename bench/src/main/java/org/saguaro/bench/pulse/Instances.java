// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.pulse;

import java.util.ArrayList;
import java.util.List;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.layers.Layers;

/** Pulse Doppler instances that are run at a time, again and again. Used by one thread. */
final class Instances implements AutoCloseable {

    private final List<PulseDoppler> applications = new ArrayList<>();

    Instances(Layers layers, int count) {
        for (int i = 0; i < count; i++) {
            applications.add(new PulseDoppler(layers, i));
        }
    }

    int calls() {
        return applications.size() * PulseDoppler.CALLS;
    }

    /** From the first call issued to the last result: each instance begins at once and goes on when its pulses are compressed. */
    void run() throws RequestException, InterruptedException {
        for (PulseDoppler application : applications) {
            application.compress();
        }
        for (PulseDoppler application : applications) {
            application.filter();
        }
        for (PulseDoppler application : applications) {
            application.finish();
        }
    }

    @Override
    public void close() {
        applications.forEach(PulseDoppler::close);
    }
}
