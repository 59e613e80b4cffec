// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.cabi;

import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.accel.cpu.Carriers;
import org.saguaro.accel.cpu.TorchFailures;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.Shape;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Value;

/** A segment as calls of libtorch's C ABI. Owns its handles. */
final class CAbiKernel implements Kernel {

    private static final long[] SCALAR = {};

    /** A place where a buffer comes in or goes out, and what the model says about it. */
    private static final class Port {
        final String name;
        final @Nullable DType dtype;
        final @Nullable Shape shape;
        final boolean scalar;
        final int register;
        /** A weight or a number that is always the same; null if the register holds it. */
        final @Nullable Object constant;

        final BufferHandles buffers;
        long[] sizes = SCALAR;

        Port(Value value, int register, @Nullable Object constant, Aten aten) {
            name = value.name();
            dtype = Carriers.of(value.type());
            scalar = value.type() instanceof ScalarType;
            shape = value.type() instanceof TensorSpec spec
                    ? spec.shape()
                    : value.type() instanceof AnyTensor ? null : Shape.of();
            this.register = register;
            this.constant = constant;
            buffers = new BufferHandles(aten);
        }
    }

    private final String device;
    private final String name;
    private final Aten aten;
    private final Step[] steps;
    private final @Nullable Object[] registers;
    private final Port[] inputs;
    private final Port[] outputs;
    private final List<TensorHandle> weights;

    /** What the weights' handles point into; only kept reachable. */
    @SuppressWarnings("unused") // its only purpose is to hold a reference
    private final List<ByteBuffer> weightMemory;

    /** @throws IllegalArgumentException if a layer does not fit its operator */
    CAbiKernel(String device, LayerGraph segment, Ways ways) {
        this.device = device;
        name = segment.name();
        aten = new Aten(ways);
        Program program = new Program(segment, ways, aten);
        inputs = segment.inputs().stream()
                .map(id -> new Port(segment.value(id), program.inputRegister(id), null, aten))
                .toArray(Port[]::new);
        outputs = new Port[program.outputs().size()];
        for (int i = 0; i < outputs.length; i++) {
            outputs[i] = output(i, program.outputs().get(i), segment, program);
        }
        steps = program.steps().toArray(Step[]::new);
        registers = new @Nullable Object[program.registerCount()];
        weights = program.weights();
        weightMemory = program.memory();
    }

    private Port output(int index, Argument output, LayerGraph segment, Program program) {
        if (output instanceof Argument.Ref ref) {
            TensorHandle weight = program.constant(ref.value());
            return new Port(
                    segment.value(ref.value()), weight == null ? program.register(ref.value()) : -1, weight, aten);
        }
        return new Port(new Value(index, "output " + index, scalarType(output)), -1, constant(output), aten);
    }

    private static ScalarType scalarType(Argument output) {
        return output instanceof Argument.Real
                ? ScalarType.FLOAT
                : output instanceof Argument.Bool ? ScalarType.BOOL : ScalarType.INT;
    }

    @Override
    public void execute(TensorBuffer[] in, TensorBuffer[] out) throws AccelException {
        String at = name;
        try {
            bind(in);
            for (Step step : steps) {
                at = step.label;
                step.run(aten, registers);
            }
            for (int i = 0; i < outputs.length; i++) {
                at = outputs[i].name;
                deliver(outputs[i], out[i]);
            }
        } catch (Refusal e) {
            // What libtorch checks are the arguments; which check failed, only the latest versions tell.
            AccelException.Category category = e.words().isEmpty()
                    ? AccelException.Category.INVALID_INPUT
                    : TorchFailures.category(e.words() + TorchFailures.CHECKED);
            throw new AccelException(category, device + ": " + at + ": " + TorchFailures.firstLine(e), e);
        } catch (RuntimeException e) {
            throw TorchFailures.translate(device, at, e);
        } catch (OutOfMemoryError e) {
            throw new AccelException(
                    AccelException.Category.RESOURCE_EXHAUSTED, device + ": " + at + ": " + e.getMessage(), e);
        } finally {
            clear();
        }
    }

    private void bind(TensorBuffer[] in) throws AccelException {
        if (in.length != inputs.length) {
            throw invalid("expected " + inputs.length + " inputs, found " + in.length);
        }
        for (int i = 0; i < inputs.length; i++) {
            Port port = inputs[i];
            check(port, in[i]);
            registers[port.register] = port.scalar ? number(in[i]) : port.buffers.of(in[i]);
        }
        aten.release(0);
    }

    private static Object number(TensorBuffer buffer) {
        ByteBuffer bytes = buffer.host().bytes();
        return switch (buffer.dtype()) {
            case BOOL -> bytes.get(0) != 0;
            case FLOAT64 -> bytes.getDouble(0);
            default -> bytes.getLong(0);
        };
    }

    private void check(Port input, TensorBuffer buffer) throws AccelException {
        boolean fits = input.dtype == null || buffer.dtype() == input.dtype;
        if (input.shape != null) {
            fits &= buffer.rank() == input.shape.rank();
            for (int d = 0; fits && d < buffer.rank(); d++) {
                fits = input.shape.dims().get(d).accepts(buffer.size(d));
            }
        }
        if (!fits) {
            throw invalid("input " + input.name + " must be " + input.dtype + input.shape + ", found " + buffer);
        }
    }

    private AccelException invalid(String problem) {
        return new AccelException(AccelException.Category.INVALID_INPUT, device + ": " + name + ": " + problem);
    }

    private void deliver(Port output, TensorBuffer buffer) throws AccelException {
        Object value = output.constant == null ? registers[output.register] : output.constant;
        if (value instanceof TensorHandle tensor && !output.scalar) {
            deliver(output, tensor, buffer);
        } else if (value == null && !output.scalar) {
            // Some operators make a result only if they are told to; whoever keeps it all the same never looks into it.
            if (output.shape != null) {
                throw failed(output, "was not made by its operator");
            }
            buffer.resize(output.dtype == null ? DType.FLOAT32 : output.dtype, 0);
        } else {
            deliverNumber(output, value, buffer);
        }
    }

    private static Object constant(Argument constant) {
        if (constant instanceof Argument.Int integer) {
            return integer.value();
        }
        return constant instanceof Argument.Real real ? (Object) real.value() : ((Argument.Bool) constant).value();
    }

    private void deliver(Port output, TensorHandle tensor, TensorBuffer buffer) throws AccelException {
        DType dtype = ElementTypes.ofCode(aten.typeCode(tensor));
        if (dtype == null) {
            throw failed(
                    output,
                    "has elements of libtorch's type " + aten.typeCode(tensor) + ", which no model's tensor can have");
        }
        if (output.dtype != null && output.dtype != dtype) {
            throw failed(output, "has elements of " + dtype + ", the model says " + output.dtype);
        }
        int rank = aten.rank(tensor);
        if (output.shape != null && output.shape.rank() != rank) {
            throw failed(output, "has " + rank + " dimensions, the model says " + output.shape.rank());
        }
        if (output.sizes.length != rank) {
            output.sizes = new long[rank];
        }
        boolean empty = false;
        for (int d = 0; d < rank; d++) {
            output.sizes[d] = aten.size(tensor, d);
            empty |= output.sizes[d] == 0;
        }
        buffer.resize(dtype, output.sizes);
        if (!empty) {
            aten.copy(output.buffers.of(buffer), tensor);
        }
    }

    private void deliverNumber(Port output, @Nullable Object number, TensorBuffer buffer) throws AccelException {
        DType dtype = number instanceof Boolean
                ? DType.BOOL
                : number instanceof Double ? DType.FLOAT64 : number instanceof Long ? DType.INT64 : null;
        if (dtype == null || dtype != output.dtype) {
            throw failed(output, "is no number of the type that the model says, " + output.dtype);
        }
        buffer.resize(dtype, SCALAR);
        ByteBuffer bytes = buffer.host().bytes();
        if (number instanceof Boolean flag) {
            bytes.put(0, (byte) (flag ? 1 : 0));
        } else if (number instanceof Double real) {
            bytes.putDouble(0, real);
        } else if (number instanceof Long integer) {
            bytes.putLong(0, integer);
        }
    }

    private AccelException failed(Port output, String problem) {
        return new AccelException(
                AccelException.Category.KERNEL_FAILED,
                device + ": " + name + ": output " + output.name + " " + problem);
    }

    /** Empties the registers, whatever state a failed call left. Inputs' handles are their buffers'. */
    private void clear() {
        for (Port input : inputs) {
            registers[input.register] = null;
        }
        for (int i = 0; i < registers.length; i++) {
            if (registers[i] instanceof TensorHandle tensor) {
                aten.free(tensor);
            }
            registers[i] = null;
        }
        aten.release(0);
    }

    @Override
    public void close() {
        for (Port port : inputs) {
            port.buffers.close();
        }
        for (Port port : outputs) {
            port.buffers.close();
        }
        weights.forEach(aten::free);
        aten.close();
    }
}
