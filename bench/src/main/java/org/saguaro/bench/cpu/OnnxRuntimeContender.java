// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.cpu;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;
import org.saguaro.model.api.Tensor;

/** The peer to chase: ONNX Runtime through its Java binding, all optimisations, one thread. */
final class OnnxRuntimeContender implements Contender {

    private final OrtSession session;
    private final OnnxTensor input;
    private float[] output = {};

    OnnxRuntimeContender(Path model, Tensor data) throws OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
            session = environment.createSession(model.toString(), options);
        }
        input = OnnxTensor.createTensor(environment, data.bytes().asFloatBuffer(), data.sizes());
    }

    @Override
    public void run() throws OrtException {
        String name = session.getInputNames().iterator().next();
        try (OrtSession.Result result = session.run(Map.of(name, input))) {
            FloatBuffer buffer = ((OnnxTensor) result.get(0)).getFloatBuffer();
            if (output.length != buffer.remaining()) {
                output = new float[buffer.remaining()];
            }
            buffer.get(output);
        }
    }

    @Override
    public float[] output() {
        return output.clone();
    }

    @Override
    public void close() {
        input.close();
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime could not close its session", e);
        }
    }
}
