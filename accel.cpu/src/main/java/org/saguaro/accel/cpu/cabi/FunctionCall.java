// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.cabi;

import org.jspecify.annotations.Nullable;

/**
 * Calls the function of its own that an operator has in libtorch's C ABI. Its parameters follow from the schema by one rule, PyTorch's
 * {@code torchgen/gen_aoti_c_shim.py}: a list is a pointer and a length, an optional value a pointer that may be null, a Scalar a double,
 * a flag an int; results go where pointers at the end say, and an operator that writes into {@code out} has it in front.
 */
final class FunctionCall implements Way {

    private static final String PREFIX = "aoti_torch_cpu_";

    private final Schema schema;
    private final Libtorch libtorch;
    private final CFunction function;
    private final int results;

    private FunctionCall(Schema schema, Libtorch libtorch, CFunction function, int results) {
        this.libtorch = libtorch;
        this.schema = schema;
        this.function = function;
        this.results = results;
    }

    /** The call, or null if the libtorch has no such function. */
    static @Nullable FunctionCall of(Schema schema, Libtorch libtorch) {
        String overload = schema.overload();
        String name = PREFIX
                + (schema.name().namespace().equals("aten") ? "" : schema.name().namespace() + "_")
                + schema.name().name()
                + (overload.isEmpty() ? "" : "_" + overload);
        if (!libtorch.has(name)) {
            return null;
        }
        StringBuilder kinds = new StringBuilder();
        boolean writes = false;
        for (Schema.Parameter parameter : schema.parameters()) {
            writes |= parameter.written();
            boolean real = parameter.type() == Schema.Type.FLOAT || parameter.type() == Schema.Type.NUMBER;
            if (parameter.type() == Schema.Type.OTHER) {
                return null;
            }
            if (parameter.list() || parameter.type() == Schema.Type.DEVICE) {
                kinds.append(CFunction.WORD).append(CFunction.WORD);
            } else {
                kinds.append(real && !parameter.optional() ? CFunction.DOUBLE : CFunction.WORD);
            }
        }
        int results = writes ? 0 : schema.returns().size();
        kinds.append(String.valueOf(CFunction.WORD).repeat(results));
        CFunction function = libtorch.function(name, kinds.toString());
        return function == null ? null : new FunctionCall(schema, libtorch, function, results);
    }

    @Override
    public void call(Aten aten, @Nullable Object[] arguments, @Nullable Object[] found) {
        CallFrame frame = aten.frame();
        int mark = frame.mark();
        frame.begin();
        TensorHandle written = null;
        int last = arguments.length - 1;
        boolean out = results == 0 && last > 0 && schema.parameters().get(last).written();
        if (out) {
            pass(frame, schema.parameters().get(last), arguments[last]);
        }
        for (int i = 0; i < arguments.length - (out ? 1 : 0); i++) {
            pass(frame, schema.parameters().get(i), arguments[i]);
        }
        for (int i = 0; i < results; i++) {
            frame.into(i);
        }
        int status = frame.call(function);
        frame.rewind(mark);
        if (status != 0) {
            aten.check(status, Ways.describe(aten, schema, arguments));
        }
        if (results == 0) {
            written = (TensorHandle) arguments[out ? last : 0];
            if (found.length > 0 && written != null) {
                found[0] = aten.same(written);
            }
            return;
        }
        for (int i = 0; i < results; i++) {
            long handle = frame.result(i);
            Object result = handle == 0 ? null : aten.take(handle);
            if (i < found.length) {
                found[i] = result;
            }
        }
    }

    private void pass(CallFrame frame, Schema.Parameter parameter, @Nullable Object value) {
        if (parameter.type() == Schema.Type.DEVICE) {
            frame.word(0).word(0);
        } else if (parameter.list()) {
            list(frame, parameter, (Object[]) value);
        } else if (parameter.optional()) {
            frame.word(value == null ? 0 : frame.address(cell(frame, value)));
        } else if (value instanceof Double real) {
            frame.real(real);
        } else if (parameter.type() == Schema.Type.NUMBER || parameter.type() == Schema.Type.FLOAT) {
            frame.real(real(value));
        } else {
            frame.word(bits(value));
        }
    }

    private static double real(@Nullable Object value) {
        if (value instanceof Long integer) {
            return integer;
        }
        if (value instanceof Boolean flag) {
            return flag ? 1 : 0;
        }
        throw new IllegalArgumentException("a number must be, found " + value);
    }

    private int cell(CallFrame frame, Object value) {
        int at = frame.room(1);
        frame.put(at, bits(value));
        return at;
    }

    private long bits(@Nullable Object value) {
        if (value instanceof TensorHandle tensor) {
            return tensor.address;
        }
        if (value instanceof Long integer) {
            return integer;
        }
        if (value instanceof Double real) {
            return Double.doubleToRawLongBits(real);
        }
        if (value instanceof Boolean flag) {
            return flag ? 1 : 0;
        }
        if (value instanceof String text) {
            return libtorch.text(text);
        }
        throw new IllegalArgumentException("an argument must be given, found " + value);
    }

    private void list(CallFrame frame, Schema.Parameter parameter, @Nullable Object @Nullable [] elements) {
        if (elements == null) {
            frame.word(0).word(0);
            return;
        }
        boolean flags = parameter.type() == Schema.Type.BOOL;
        int at = frame.room(elements.length + 1);
        for (int i = 0; i < elements.length; i++) {
            Object element = elements[i];
            if (flags) {
                frame.putInt(at + 4 * i, (int) bits(element));
            } else if (parameter.elementOptional()) {
                frame.put(at + 8 * i, element == null ? 0 : frame.address(cell(frame, element)));
            } else {
                frame.put(at + 8 * i, bits(element));
            }
        }
        long address = frame.address(at);
        if (parameter.optional()) {
            int pointer = frame.room(1);
            frame.put(pointer, address);
            address = frame.address(pointer);
        }
        frame.word(address).word(elements.length);
    }
}
