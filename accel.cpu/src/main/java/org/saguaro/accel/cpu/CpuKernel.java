// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Tensor;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Dim;
import org.saguaro.model.api.OpName;

/** A compiled segment: a flat array of calls over a file of registers. Owns every native object it uses. */
final class CpuKernel implements Kernel {

    /**
     * One input.
     *
     * @param name for messages
     * @param register where its tensor goes
     * @param dtype element type of its buffer
     * @param dims what sizes it may have
     */
    record Input(String name, int register, DType dtype, List<Dim> dims) {}

    /**
     * One output.
     *
     * @param name for messages
     * @param index its place among the segment's outputs
     * @param register where it is found
     * @param dtype element type of its buffer
     * @param rank number of dimensions
     * @param scalar whether the register holds a number instead of a tensor
     */
    record Output(String name, int index, int register, DType dtype, int rank, boolean scalar) {}

    private static final long[] SCALAR = {};

    private final String device;
    private final String name;
    private final Input[] inputs;
    private final Output[] outputs;
    private final Call[] program;
    private final NativeOwner owner;
    private final Machine machine;
    private final BufferTensors[] inputTensors;
    private final BufferTensors[] outputTensors;
    private final long[][] outputSizes;
    private final Call[] copies;
    private final int target;
    private boolean dtypesChecked;

    /** What the program's constants point into; only kept reachable. */
    @SuppressWarnings("unused") // its only purpose is to hold a reference
    private final List<ByteBuffer> weightMemory;

    CpuKernel(
            String device,
            String name,
            List<Input> inputs,
            List<Output> outputs,
            Call[] program,
            int registerCount,
            Operators operators,
            NativeOwner owner,
            List<ByteBuffer> weightMemory) {
        this.device = device;
        this.name = name;
        this.inputs = inputs.toArray(Input[]::new);
        this.outputs = outputs.toArray(Output[]::new);
        this.program = program;
        this.owner = owner;
        this.weightMemory = weightMemory;
        target = registerCount;
        machine = owner.adopt(new Machine(registerCount + 1, Call.LONGEST));
        inputTensors = inputs.stream()
                .map(input -> owner.adopt(new BufferTensors(input.dtype())))
                .toArray(BufferTensors[]::new);
        outputTensors = outputs.stream()
                .map(output -> owner.adopt(new BufferTensors(output.dtype())))
                .toArray(BufferTensors[]::new);
        outputSizes = outputs.stream().map(output -> new long[output.rank()]).toArray(long[][]::new);
        copies = outputs.stream()
                .map(output -> owner.adopt(copy(operators, output)))
                .toArray(Call[]::new);
    }

    private Call copy(Operators operators, Output output) {
        Operator copy = operators.get(OpName.parse("aten.copy_"));
        ArgumentEncoder encoder = new ArgumentEncoder(owner, Operand.Register::new);
        List<Operand> operands = new ArrayList<>();
        operands.add(new Operand.Register(target));
        operands.add(new Operand.Register(output.register()));
        operands.add(encoder.encode(copy.parameters().get(2), new Argument.Bool(false)));
        return new Call(output.name(), copy, operands, false, -1);
    }

    @Override
    public void execute(TensorBuffer[] in, TensorBuffer[] out) throws AccelException {
        try {
            bind(in);
            run();
            for (int i = 0; i < outputs.length; i++) {
                deliver(i, out[outputs[i].index()]);
            }
            dtypesChecked = true;
        } finally {
            machine.clear();
        }
    }

    private void bind(TensorBuffer[] in) throws AccelException {
        if (in.length != inputs.length) {
            throw invalid("expected " + inputs.length + " inputs, found " + in.length);
        }
        for (int i = 0; i < inputs.length; i++) {
            check(inputs[i], in[i]);
            machine.set(inputs[i].register(), inputTensors[i].of(in[i]));
        }
    }

    private void check(Input input, TensorBuffer buffer) throws AccelException {
        boolean fits =
                buffer.dtype() == input.dtype() && buffer.rank() == input.dims().size();
        for (int d = 0; fits && d < buffer.rank(); d++) {
            fits = input.dims().get(d).accepts(buffer.size(d));
        }
        if (!fits) {
            throw invalid("input " + input.name() + " must be " + input.dtype() + input.dims() + ", found " + buffer);
        }
    }

    private AccelException invalid(String problem) {
        return new AccelException(AccelException.Category.INVALID_INPUT, device + ": " + name + ": " + problem);
    }

    private void run() throws AccelException {
        int position = 0;
        try {
            while (position < program.length) {
                machine.run(program[position], true);
                position++;
            }
        } catch (RuntimeException e) {
            throw TorchFailures.translate(device, program[position].label, e);
        } catch (OutOfMemoryError e) {
            throw new AccelException(
                    AccelException.Category.RESOURCE_EXHAUSTED,
                    device + ": " + program[position].label + ": " + e.getMessage(),
                    e);
        }
    }

    private void deliver(int i, TensorBuffer buffer) throws AccelException {
        Output output = outputs[i];
        if (buffer.dtype() != output.dtype()) {
            throw invalid("output " + output.name() + " needs a buffer of " + output.dtype() + ", found " + buffer);
        }
        if (output.scalar()) {
            deliverNumber(machine.get(output.register()), buffer);
            return;
        }
        Tensor tensor = machine.tensor(output.register());
        long[] sizes = outputSizes[i];
        if (tensor.dim() != sizes.length) {
            throw failed(output, "has " + tensor.dim() + " dimensions, the model says " + sizes.length);
        }
        if (!dtypesChecked && tensor.scalar_type().intern() != TorchTypes.of(output.dtype())) {
            throw failed(output, "has elements of " + tensor.scalar_type() + ", the model says " + output.dtype());
        }
        boolean empty = false;
        for (int d = 0; d < sizes.length; d++) {
            sizes[d] = tensor.size(d);
            empty |= sizes[d] == 0;
        }
        buffer.resize(sizes);
        if (!empty) {
            copy(i, buffer);
        }
    }

    private void copy(int i, TensorBuffer buffer) throws AccelException {
        try {
            machine.set(target, outputTensors[i].of(buffer));
            machine.run(copies[i], true);
        } catch (RuntimeException e) {
            throw TorchFailures.translate(device, outputs[i].name(), e);
        }
    }

    private static void deliverNumber(IValue number, TensorBuffer buffer) throws AccelException {
        buffer.resize(SCALAR);
        ByteBuffer bytes = buffer.host().bytes();
        if (number.isBool()) {
            bytes.put(0, (byte) (number.toBool() ? 1 : 0));
        } else if (number.isDouble()) {
            bytes.putDouble(0, number.toDouble());
        } else {
            bytes.putLong(0, number.toInt());
        }
    }

    private AccelException failed(Output output, String problem) {
        return new AccelException(
                AccelException.Category.KERNEL_FAILED,
                device + ": " + name + ": output " + output.name() + " " + problem);
    }

    /** The operators it calls, in order: for tests and for people. */
    List<String> trace() {
        List<String> trace = new ArrayList<>();
        for (Call call : program) {
            trace.add(call.operator + (call.label.isEmpty() ? "" : " (" + call.label + ")"));
        }
        return trace;
    }

    @Override
    public void close() {
        owner.close();
    }
}
