// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.pickle;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes pickles opcode by opcode, wrong ones too. */
final class PickleBytes {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** A pickle of protocol 2 that has just begun. */
    static PickleBytes begin() {
        return new PickleBytes().op(0x80).op(2);
    }

    PickleBytes op(int opcode) {
        out.write(opcode);
        return this;
    }

    /** Opcodes that need no operand, one for each character. */
    PickleBytes ops(String opcodes) {
        opcodes.chars().forEach(this::op);
        return this;
    }

    PickleBytes int32(int value) {
        out.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array());
        return this;
    }

    PickleBytes int64(long value) {
        out.writeBytes(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array());
        return this;
    }

    PickleBytes raw(String text) {
        out.writeBytes(text.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    PickleBytes text(String text) {
        return op('X').int32(text.getBytes(StandardCharsets.UTF_8).length).raw(text);
    }

    PickleBytes number(int value) {
        return op('J').int32(value);
    }

    PickleBytes global(String module, String name) {
        return op('c').raw(module + "\n" + name + "\n");
    }

    /** Ends it. */
    byte[] end() {
        return op('.').out.toByteArray();
    }
}
