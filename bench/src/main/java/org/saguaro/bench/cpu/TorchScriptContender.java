// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.cpu;

import java.nio.file.Path;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.InferenceMode;
import org.bytedeco.pytorch.JitModule;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The bar: {@code JitModule.forward} of the traced network, in inference mode, with one thread. */
final class TorchScriptContender implements Contender {

    private final JitModule module;
    private final Tensor input;
    private Tensor output;

    TorchScriptContender(Path script, org.saguaro.model.api.Tensor data) {
        torch.set_num_threads(1);
        module = torch.load(script.toString());
        module.eval();
        try (FloatPointer pointer = new FloatPointer(data.bytes().asFloatBuffer())) {
            input = torch.from_blob(pointer, data.sizes()).clone();
        }
        output = torch.empty(0);
    }

    @Override
    public void run() {
        InferenceMode mode = new InferenceMode(true);
        try (IValue boxed = new IValue(input);
                IValueVector arguments = new IValueVector(boxed);
                IValue result = module.forward(arguments)) {
            output.close();
            output = result.toTensor();
        } finally {
            mode.close();
        }
    }

    @Override
    public float[] output() {
        float[] result = new float[(int) output.numel()];
        output.data_ptr_float().get(result);
        return result;
    }

    @Override
    public void close() {
        output.close();
        input.close();
        module.close();
    }
}
