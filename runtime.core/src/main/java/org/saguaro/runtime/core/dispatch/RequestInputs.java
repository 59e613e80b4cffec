// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.saguaro.accel.api.AccelException;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.residency.TensorLostException;
import org.saguaro.runtime.core.residency.ValueBuffer;

/** Brings what a caller sends into a run. */
final class RequestInputs {

    private RequestInputs() {}

    /**
     * Copies a request's tensors into the values of the graph's inputs; a list takes all that the others leave.
     *
     * @param tensors checked against the model
     */
    static void write(List<Tensor> tensors, ModelRun run) throws AccelException, TensorLostException {
        LayerGraph graph = run.plan().graph().graph();
        List<Integer> inputs = graph.inputs();
        int next = 0;
        for (int value : inputs) {
            switch (ValueSlots.kindOf(graph.value(value).type())) {
                case TENSOR -> {
                    if (run.plan().slots().isKept(value)) {
                        ValueBuffer buffer =
                                run.writableBuffer(run.plan().slots().of(value));
                        HostTensors.fill(buffer, tensors.get(next));
                        run.observe(value, buffer);
                    }
                    next++;
                }
                case SCALAR -> run.write(value, number(tensors.get(next++)));
                case HOST -> {
                    int length = tensors.size() - (inputs.size() - 1);
                    run.write(value, list(tensors.subList(next, next + length), run));
                    next += length;
                }
            }
        }
    }

    private static Object number(Tensor tensor) throws AccelException, TensorLostException {
        ValueBuffer buffer = new ValueBuffer(tensor.dtype());
        try {
            HostTensors.fill(buffer, tensor);
            return buffer.item();
        } finally {
            buffer.release();
        }
    }

    private static List<Object> list(List<Tensor> tensors, ModelRun run) throws AccelException {
        List<Object> list = new ArrayList<>();
        for (Tensor tensor : tensors) {
            ValueBuffer buffer = new ValueBuffer(tensor.dtype());
            try {
                HostTensors.fill(buffer, tensor);
                run.keep(buffer);
            } finally {
                buffer.release();
            }
            list.add(buffer);
        }
        return Collections.unmodifiableList(list);
    }

    /** Gives a run the inputs of the one whose place it takes; the plans may differ, the inputs' order does not. */
    static void share(ModelRun from, ModelRun to) throws AccelException, TensorLostException {
        List<Integer> sources = from.plan().graph().graph().inputs();
        List<Integer> targets = to.plan().graph().graph().inputs();
        for (int i = 0; i < targets.size(); i++) {
            if (from.plan().slots().isKept(sources.get(i)) && to.plan().slots().isKept(targets.get(i))) {
                to.write(targets.get(i), from.read(new Argument.Ref(sources.get(i))));
            }
        }
        to.keepAllOf(from);
    }
}
