// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.wifitx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.osgi.service.component.annotations.Component;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.layers.DeviceTensor;
import org.saguaro.runtime.core.layers.LayerApplication;
import org.saguaro.runtime.core.layers.LayerScope;
import org.saguaro.runtime.core.layers.LayerSession;

/**
 * Sends ten frames of ten OFDM symbols. While the ten inverse transforms of one frame run, beside each other, the next frame is scrambled,
 * coded, interleaved and mapped; nothing is waited for before the last frame is on its way.
 */
@Component(property = LayerApplication.NAME_PROPERTY + "=wifi-tx")
public final class WifiTransmitter implements LayerApplication {

    private final Recordings recordings = new Recordings();

    @Override
    public long inputBits() {
        return (long) FrameFormat.FRAMES * FrameFormat.PAYLOAD_BYTES * Byte.SIZE;
    }

    @Override
    public int samples() {
        return Recordings.SAMPLES;
    }

    @Override
    public Outcome run(LayerSession session, int sample) throws RequestException, InterruptedException {
        byte[][] payloads = recordings.payloads(sample);
        List<FrameOnItsWay> frames = new ArrayList<>();
        try {
            for (int frame = 0; frame < payloads.length; frame++) {
                frames.add(new FrameOnItsWay(session, FrameEncoder.spectra(payloads[frame], frame)));
            }
            List<float[]> waveforms = new ArrayList<>();
            for (FrameOnItsWay frame : frames) {
                waveforms.add(frame.waveform());
            }
            return new Inspection(payloads, recordings.waveforms(sample)).of(waveforms);
        } finally {
            frames.forEach(FrameOnItsWay::close);
        }
    }

    /** The inverse transforms of one frame, issued together, and the memory they need. */
    private static final class FrameOnItsWay implements AutoCloseable {

        private final LayerScope scope;
        private final List<DeviceTensor> symbols = new ArrayList<>(FrameFormat.SYMBOLS);

        FrameOnItsWay(LayerSession session, float[][] spectra) {
            scope = session.batch();
            for (float[] spectrum : spectra) {
                symbols.add(scope.ifft(scope.tensor(complex(spectrum))));
            }
            scope.flush();
        }

        /** Waits for the symbols and puts each behind a copy of its own end. */
        float[] waveform() throws RequestException, InterruptedException {
            float[] waveform = new float[FrameFormat.FRAME_FLOATS];
            int at = 0;
            for (DeviceTensor symbol : symbols) {
                ByteBuffer samples = symbol.read().bytes();
                int useful = 2 * FrameFormat.POINTS;
                int prefix = 2 * FrameFormat.PREFIX;
                for (int i = 0; i < useful; i++) {
                    waveform[at + prefix + i] = samples.getFloat();
                }
                System.arraycopy(waveform, at + useful, waveform, at, prefix);
                at += prefix + useful;
            }
            return waveform;
        }

        private static Tensor complex(float[] parts) {
            ByteBuffer bytes = ByteBuffer.allocate(parts.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(parts);
            return Tensor.dense(DType.COMPLEX64, new long[] {parts.length / 2}, bytes);
        }

        @Override
        public void close() {
            scope.close();
        }
    }
}
