// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.cabi;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Native memory in which calls of C functions are put together, used again for each call, so that a call leaves nothing on the Java heap.
 * Arguments and results have fixed places; behind them is room for what arguments point to. Used by one thread at a time.
 */
final class CallFrame {

    private static final int MOST_ARGUMENTS = 64;
    private static final int MOST_RESULTS = 64;
    private static final int CELLS = MOST_ARGUMENTS * 8;
    private static final int STATUS = CELLS + MOST_ARGUMENTS * 8;
    private static final int RESULTS = STATUS + 8;
    private static final int ROOM = RESULTS + MOST_RESULTS * 8;
    private static final int SIZE = 64 * 1024;

    private final ByteBuffer memory = ByteBuffer.allocateDirect(SIZE).order(ByteOrder.nativeOrder());
    private final long address = Pointer.nativeValue(Native.getDirectBufferPointer(memory));
    private int arguments;
    private int used = ROOM;

    CallFrame() {
        for (int i = 0; i < MOST_ARGUMENTS; i++) {
            memory.putLong(i * 8, address + CELLS + i * 8L);
        }
    }

    /** Forgets the arguments, to write those of another call. */
    CallFrame begin() {
        arguments = 0;
        return this;
    }

    /** How much of the room is used, to {@link #rewind} to later. */
    int mark() {
        return used;
    }

    /** Gives back the room that was taken since. */
    void rewind(int mark) {
        used = mark;
    }

    /** Room for so many values of 8 bytes; zeroes. Its offset, to be used with {@link #put} and {@link #address}. */
    int room(int values) {
        int at = used;
        used += values * 8;
        if (used > SIZE) {
            used = at;
            throw new IllegalArgumentException("the arguments of a call must fit into " + SIZE + " bytes");
        }
        for (int i = at; i < used; i += 8) {
            memory.putLong(i, 0);
        }
        return at;
    }

    void put(int offset, long value) {
        memory.putLong(offset, value);
    }

    void put(int offset, double value) {
        memory.putDouble(offset, value);
    }

    /** Four bytes, as lists of C's int32_t want them. */
    void putInt(int offset, int value) {
        memory.putInt(offset, value);
    }

    long get(int offset) {
        return memory.getLong(offset);
    }

    /** Where that place is for C. */
    long address(int offset) {
        return address + offset;
    }

    CallFrame word(long value) {
        memory.putLong(CELLS + arguments++ * 8, value);
        return this;
    }

    CallFrame real(double value) {
        memory.putDouble(CELLS + arguments++ * 8, value);
        return this;
    }

    CallFrame single(float value) {
        memory.putFloat(CELLS + arguments++ * 8, value);
        return this;
    }

    /** An argument that says where result {@code index} goes. */
    CallFrame into(int index) {
        memory.putLong(RESULTS + index * 8, 0);
        return word(address + RESULTS + index * 8L);
    }

    long result(int index) {
        return memory.getLong(RESULTS + index * 8);
    }

    int smallResult(int index) {
        return memory.getInt(RESULTS + index * 8);
    }

    double realResult(int index) {
        return memory.getDouble(RESULTS + index * 8);
    }

    /** Calls a function that returns a pointer or a number. */
    long callForPointer(CFunction function) {
        function.call(address + STATUS, address);
        return memory.getLong(STATUS);
    }

    /** Calls; what the function returns is an error code, 0 for none. */
    int call(CFunction function) {
        function.call(address + STATUS, address);
        return memory.getInt(STATUS);
    }
}
