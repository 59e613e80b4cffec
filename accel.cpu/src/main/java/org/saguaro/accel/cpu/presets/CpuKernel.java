// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.MemoryFootprint;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.accel.cpu.TorchFailures;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.Shape;

/** A compiled segment: a flat array of calls over a file of registers. Owns every native object it uses. */
final class CpuKernel implements MemoryFootprint {

    /**
     * One input.
     *
     * @param name for messages
     * @param register where its tensor goes
     * @param dtype element type of its buffer, null for any
     * @param shape what sizes it may have, null for any
     */
    record Input(
            String name,
            int register,
            @Nullable DType dtype,
            @Nullable Shape shape) {}

    /**
     * One output.
     *
     * @param name for messages
     * @param index its place among the segment's outputs
     * @param register where it is found
     * @param dtype element type that the model gives it, null for any
     * @param shape sizes that the model gives it, null for any
     * @param certain whether the element type is the same at every execution
     * @param scalar whether the register holds a number instead of a tensor
     */
    record Output(
            String name,
            int index,
            int register,
            @Nullable DType dtype,
            @Nullable Shape shape,
            boolean certain,
            boolean scalar) {}

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
    private final Call[] typeQuestions;
    private final int target;
    private final int answer;
    /** Element types of the outputs that are certain, from the first execution on. */
    private final @Nullable DType[] outputTypes;

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
        answer = registerCount + 1;
        machine = owner.adopt(new Machine(registerCount + 2, Call.LONGEST));
        inputTensors =
                inputs.stream().map(input -> owner.adopt(new BufferTensors())).toArray(BufferTensors[]::new);
        outputTensors =
                outputs.stream().map(output -> owner.adopt(new BufferTensors())).toArray(BufferTensors[]::new);
        outputSizes = outputs.stream().map(output -> SCALAR).toArray(long[][]::new);
        outputTypes = new @Nullable DType[outputs.size()];
        typeQuestions = outputs.stream()
                .map(output -> owner.adopt(typeQuestion(operators, output)))
                .toArray(Call[]::new);
        copies = outputs.stream()
                .map(output -> owner.adopt(copy(operators, output)))
                .toArray(Call[]::new);
    }

    @Override
    public long residentBytes() {
        return owner.residentBytes();
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

    /** Asks for the element type of an output, since Java can only ask for it at the price of an object. */
    private Call typeQuestion(Operators operators, Output output) {
        Operand tensor = new Operand.Register(output.register());
        return new Call(
                output.name(),
                operators.get(OpName.parse("aten.result_type.Tensor")),
                List.of(tensor, tensor),
                false,
                answer);
    }

    @Override
    public void execute(TensorBuffer[] in, TensorBuffer[] out) throws AccelException {
        try {
            bind(in);
            run();
            for (int i = 0; i < outputs.length; i++) {
                deliver(i, out[outputs[i].index()]);
            }
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
        Shape shape = input.shape();
        boolean fits = input.dtype() == null || buffer.dtype() == input.dtype();
        if (shape != null) {
            fits &= buffer.rank() == shape.rank();
            for (int d = 0; fits && d < buffer.rank(); d++) {
                fits = shape.dims().get(d).accepts(buffer.size(d));
            }
        }
        if (!fits) {
            throw invalid("input " + input.name() + " must be " + input.dtype() + shape + ", found " + buffer);
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
        IValue value = machine.get(output.register());
        if (output.scalar()) {
            deliverNumber(output, value, buffer);
            return;
        }
        if (!value.isTensor()) {
            throw failed(output, "is no tensor");
        }
        Tensor tensor = machine.tensor(output.register());
        if (outputTypes[i] == null && !tensor.defined()) {
            deliverNothing(output, buffer);
            return;
        }
        DType dtype = dtype(i, tensor);
        int rank = (int) tensor.dim();
        if (output.shape() != null && output.shape().rank() != rank) {
            throw failed(
                    output,
                    "has " + rank + " dimensions, the model says "
                            + output.shape().rank());
        }
        if (outputSizes[i].length != rank) {
            outputSizes[i] = new long[rank];
        }
        long[] sizes = outputSizes[i];
        boolean empty = false;
        for (int d = 0; d < rank; d++) {
            sizes[d] = tensor.size(d);
            empty |= sizes[d] == 0;
        }
        buffer.resize(dtype, sizes);
        if (!empty) {
            copy(i, buffer);
        }
    }

    /**
     * Some operators make a result only if they are told to ({@code need_weights} of multi-head attention). A model that keeps it
     * all the same never looks into it; it gets a tensor without elements, as PyTorch has an undefined one there.
     */
    private void deliverNothing(Output output, TensorBuffer buffer) throws AccelException {
        if (output.shape() != null) {
            throw failed(output, "was not made by its operator");
        }
        buffer.resize(output.dtype() == null ? DType.FLOAT32 : output.dtype(), 0);
    }

    private DType dtype(int i, Tensor tensor) throws AccelException {
        Output output = outputs[i];
        DType dtype = outputTypes[i];
        if (dtype != null) {
            return dtype;
        }
        dtype = dtype(typeQuestions[i], tensor);
        if (dtype == null) {
            throw failed(output, "has elements of " + tensor.scalar_type() + ", which no model's tensor can have");
        }
        if (output.dtype() != null && output.dtype() != dtype) {
            throw failed(output, "has elements of " + dtype + ", the model says " + output.dtype());
        }
        if (output.certain()) {
            outputTypes[i] = dtype;
        }
        return dtype;
    }

    private @Nullable DType dtype(Call question, Tensor tensor) throws AccelException {
        try {
            machine.run(question, false);
        } catch (RuntimeException e) {
            throw TorchFailures.translate(device, question.label, e);
        }
        DType dtype = TorchTypes.ofCode(machine.get(answer).toInt());
        // A tensor that counts as a number answers with what it promotes to.
        return dtype != null && dtype.sizeBytes() == tensor.element_size()
                ? dtype
                : TorchTypes.ofCode(tensor.scalar_type().intern().value);
    }

    private void copy(int i, TensorBuffer buffer) throws AccelException {
        try {
            machine.set(target, outputTensors[i].of(buffer));
            machine.run(copies[i], true);
        } catch (RuntimeException e) {
            throw TorchFailures.translate(device, outputs[i].name(), e);
        }
    }

    private void deliverNumber(Output output, IValue number, TensorBuffer buffer) throws AccelException {
        DType dtype = number.isBool() ? DType.BOOL : number.isDouble() ? DType.FLOAT64 : DType.INT64;
        if (dtype != output.dtype() || (dtype == DType.INT64 && !number.isInt())) {
            throw failed(output, "is no number of the type that the model says, " + output.dtype());
        }
        buffer.resize(dtype, SCALAR);
        ByteBuffer bytes = buffer.host().bytes();
        switch (dtype) {
            case BOOL -> bytes.put(0, (byte) (number.toBool() ? 1 : 0));
            case FLOAT64 -> bytes.putDouble(0, number.toDouble());
            default -> bytes.putLong(0, number.toInt());
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
