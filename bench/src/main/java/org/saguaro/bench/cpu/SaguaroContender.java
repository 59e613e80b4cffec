// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.cpu;

import java.nio.file.Path;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.accel.cpu.CpuAccelerator;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.torch.ExportedProgramReader;

/** Ours: the whole network as one kernel of one CPU processing element. */
final class SaguaroContender implements Contender {

    private final ProcessingElement.WorkerScope scope;
    private final Kernel kernel;
    private final TensorBuffer[] inputs;
    private final TensorBuffer[] outputs;
    private final long prepareNanos;

    SaguaroContender(Path archive, Tensor input) throws Exception {
        ProcessingElement pe = CpuAccelerator.processingElements(1, 1, false).get(0);
        LayerGraph graph = new ExportedProgramReader().read(archive);
        scope = pe.openWorker();
        long start = System.nanoTime();
        kernel = pe.prepare(graph);
        prepareNanos = System.nanoTime() - start;
        TensorBuffer in = new TensorBuffer(input.dtype(), pe.memory());
        in.resize(input.sizes());
        in.host().bytes().put(0, input.bytes(), 0, (int) in.sizeBytes());
        inputs = new TensorBuffer[] {in};
        outputs = new TensorBuffer[] {new TensorBuffer(input.dtype(), pe.memory())};
    }

    /** Time that preparing took, measurement of variants included. */
    long prepareNanos() {
        return prepareNanos;
    }

    @Override
    public void run() throws Exception {
        kernel.execute(inputs, outputs);
    }

    @Override
    public float[] output() {
        float[] result = new float[(int) outputs[0].elementCount()];
        outputs[0].host().bytes().asFloatBuffer().get(0, result);
        return result;
    }

    /** The calls it makes, for people. */
    String describe() {
        return kernel.toString();
    }

    @Override
    public void close() {
        kernel.close();
        inputs[0].close();
        outputs[0].close();
        scope.close();
    }
}
