// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.cabi;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A function of C by its address, as libffi calls it. Integers of any size and pointers are passed in 8 bytes: that is how both x86-64 and
 * aarch64 pass them. Immutable and thread-safe; lives as long as the process.
 */
final class CFunction {

    /** Kinds of arguments. */
    static final char WORD = 'l';

    static final char DOUBLE = 'd';
    static final char FLOAT = 'f';

    /** Descriptions of types in the memory layout of libffi's {@code ffi_type}, never freed. */
    private static final Memory TYPES = types();

    private static final int TYPE_BYTES = 24;
    private static final int WORD_TYPE = 0;
    private static final int DOUBLE_TYPE = 1;
    private static final int FLOAT_TYPE = 2;
    private static final int DEFAULT_ABI = 0;

    private static final Map<String, Long> PREPARED = new ConcurrentHashMap<>();

    private final long address;
    private final long cif;

    /** @param kinds one letter for each argument; the function returns an int, or nothing */
    CFunction(long address, String kinds) {
        this.address = address;
        cif = PREPARED.computeIfAbsent(kinds, CFunction::prepare);
    }

    private static Memory types() {
        Memory types = new Memory(3L * TYPE_BYTES);
        types.clear();
        // size, alignment, and libffi's code of the type: FFI_TYPE_SINT64, FFI_TYPE_DOUBLE, FFI_TYPE_FLOAT
        describe(types, WORD_TYPE, 8, 12);
        describe(types, DOUBLE_TYPE, 8, 3);
        describe(types, FLOAT_TYPE, 4, 2);
        return types;
    }

    private static void describe(Memory types, int index, int size, int code) {
        types.setLong((long) index * TYPE_BYTES, size);
        types.setShort((long) index * TYPE_BYTES + 8, (short) size);
        types.setShort((long) index * TYPE_BYTES + 10, (short) code);
    }

    private static long type(char kind) {
        int index = kind == DOUBLE ? DOUBLE_TYPE : kind == FLOAT ? FLOAT_TYPE : WORD_TYPE;
        return Pointer.nativeValue(TYPES) + (long) index * TYPE_BYTES;
    }

    private static long prepare(String kinds) {
        // libffi keeps the address of this list.
        long list = Native.malloc(Math.max(1, kinds.length()) * 8L);
        for (int i = 0; i < kinds.length(); i++) {
            new Pointer(list).setLong(i * 8L, type(kinds.charAt(i)));
        }
        return Native.ffi_prep_cif(DEFAULT_ABI, kinds.length(), type(WORD), list);
    }

    /**
     * Calls it.
     *
     * @param result address of 8 bytes
     * @param arguments address of the addresses of the arguments
     */
    void call(long result, long arguments) {
        Native.ffi_call(cif, address, result, arguments);
    }
}
