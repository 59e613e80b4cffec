// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.cabi;

import com.sun.jna.Pointer;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Calls an operator by name through libtorch's dispatcher. Each argument is 8 bytes: a handle, a number, a pointer to an optional value; a
 * list or a text is an object of its own, which libtorch has since 2.10. The dispatcher takes over all of them.
 */
final class DispatcherCall implements Way {

    /** Slots beyond the arguments that we know: a later libtorch may have more of them, and then finds None, 0 or false. */
    private static final int SPARE = 8;

    private final Schema schema;
    private final long name;
    private final long overload;

    DispatcherCall(Schema schema, Libtorch libtorch) {
        this.schema = schema;
        name = libtorch.text(schema.qualified());
        overload = libtorch.text(schema.overload());
    }

    /** Whether the dispatcher can be given these arguments and its results can be taken. */
    static boolean applies(Schema schema, @Nullable Object[] arguments, boolean lists) {
        for (int i = 0; i < arguments.length; i++) {
            Schema.Parameter parameter = schema.parameters().get(i);
            boolean none = arguments[i] == null && parameter.optional();
            if (!none && !passes(parameter, lists)) {
                return false;
            }
        }
        for (Schema.Result result : schema.returns()) {
            boolean taken = result.type() == Schema.Type.TENSOR
                    || result.type() == Schema.Type.INT
                    || result.type() == Schema.Type.ELEMENT_TYPE;
            if (!taken || (result.list() && !lists)) {
                return false;
            }
        }
        return true;
    }

    private static boolean passes(Schema.Parameter parameter, boolean lists) {
        return switch (parameter.type()) {
            case TENSOR, INT, FLOAT, BOOL, ELEMENT_TYPE, LAYOUT, MEMORY_FORMAT -> lists || !parameter.list();
            case TEXT -> lists && !parameter.list();
            case NUMBER, DEVICE, GENERATOR, OTHER -> false;
        };
    }

    @Override
    public void call(Aten aten, @Nullable Object[] arguments, @Nullable Object[] results) {
        CallFrame frame = aten.frame();
        int mark = frame.mark();
        int stack = frame.room(Math.max(arguments.length, results.length) + SPARE);
        for (int i = 0; i < arguments.length; i++) {
            Schema.Parameter parameter = schema.parameters().get(i);
            frame.put(stack + 8 * i, argument(aten, parameter, arguments[i]));
        }
        int status = frame.begin()
                .word(name)
                .word(overload)
                .word(frame.address(stack))
                .word(aten.libtorch().version())
                .call(aten.ways().functions().dispatch);
        frame.rewind(mark);
        if (status != 0) {
            aten.check(status, Ways.describe(aten, schema, arguments));
        }
        store(aten, stack, results);
    }

    private void store(Aten aten, int stack, @Nullable Object[] results) {
        List<Schema.Result> returns = schema.returns();
        if (schema.returnsList()) {
            list(aten, aten.frame().get(stack), results);
            return;
        }
        // Read all before anything else is written to the frame.
        for (int i = 0; i < returns.size(); i++) {
            long value = aten.frame().get(stack + 8 * i);
            Object result =
                    returns.get(i).type() != Schema.Type.TENSOR ? (Object) value : value == 0 ? null : aten.take(value);
            if (i < results.length) {
                results[i] = result;
            }
        }
    }

    private void list(Aten aten, long list, @Nullable Object[] results) {
        CallFrame frame = aten.frame();
        Functions.Lists lists = Objects.requireNonNull(aten.ways().functions().lists);
        frame.begin().word(list).into(0).call(lists.size);
        long size = frame.result(0);
        for (int i = 0; i < size; i++) {
            frame.begin().word(list).word(i).into(0).call(lists.get);
            TensorHandle element = aten.take(frame.result(0));
            if (i < results.length) {
                results[i] = element;
            }
        }
        frame.begin().word(list).call(lists.delete);
        Ways.checkCount(schema, size, results.length);
    }

    private static long argument(Aten aten, Schema.Parameter parameter, @Nullable Object value) {
        if (value == null) {
            return 0;
        }
        long plain = parameter.list() ? list(aten, parameter, (Object[]) value) : plain(aten, value);
        return parameter.optional() ? optional(aten, plain) : plain;
    }

    private static long plain(Aten aten, Object value) {
        if (value instanceof TensorHandle tensor) {
            return aten.copyOfHandle(tensor);
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
        CallFrame frame = aten.frame();
        Functions.Lists lists = Objects.requireNonNull(aten.ways().functions().lists);
        String text = (String) value;
        frame.begin()
                .word(aten.libtorch().text(text))
                .word(text.length())
                .into(0)
                .call(lists.newText);
        return frame.result(0);
    }

    private static long list(Aten aten, Schema.Parameter parameter, @Nullable Object[] elements) {
        CallFrame frame = aten.frame();
        Functions.Lists lists = Objects.requireNonNull(aten.ways().functions().lists);
        frame.begin().word(elements.length).into(0).call(lists.newList);
        long list = frame.result(0);
        for (Object element : elements) {
            long plain = element == null ? 0 : plain(aten, element);
            long passed = element != null && parameter.elementOptional() ? optional(aten, plain) : plain;
            frame.begin().word(list).word(passed).call(lists.push);
        }
        return list;
    }

    private static long optional(Aten aten, long value) {
        CallFrame frame = aten.frame();
        long cell = frame.begin().word(8).callForPointer(aten.ways().functions().allocate);
        new Pointer(cell).setLong(0, value);
        return cell;
    }
}
