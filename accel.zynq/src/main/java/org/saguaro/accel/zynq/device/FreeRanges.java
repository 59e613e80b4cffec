// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.device;

import java.util.Arrays;

/** The free ranges of a memory, by address, neighbours joined. First fit: ranges at the end stay large. Not thread-safe. */
final class FreeRanges {

    private final long capacity;
    private long[] offsets = new long[64];
    private long[] lengths = new long[64];
    private int count;
    private long total;

    FreeRanges(long capacity) {
        this.capacity = capacity;
        if (capacity > 0) {
            lengths[0] = capacity;
            count = 1;
            total = capacity;
        }
    }

    /** Where a free range of that length begins, which is not free any more; -1 if there is none. */
    long take(long length) {
        for (int i = 0; i < count; i++) {
            if (lengths[i] >= length) {
                long offset = offsets[i];
                offsets[i] += length;
                lengths[i] -= length;
                total -= length;
                if (lengths[i] == 0) {
                    remove(i);
                }
                return offset;
            }
        }
        return -1;
    }

    /** Frees what {@link #take} gave. */
    void giveBack(long offset, long length) {
        int next = -Arrays.binarySearch(offsets, 0, count, offset) - 1;
        if (next < 0
                || (next > 0 && offsets[next - 1] + lengths[next - 1] > offset)
                || (next < count && offset + length > offsets[next])) {
            throw new IllegalStateException("range " + offset + "+" + length + " is free already");
        }
        total += length;
        boolean joinsBefore = next > 0 && offsets[next - 1] + lengths[next - 1] == offset;
        boolean joinsAfter = next < count && offset + length == offsets[next];
        if (joinsBefore && joinsAfter) {
            lengths[next - 1] += length + lengths[next];
            remove(next);
        } else if (joinsBefore) {
            lengths[next - 1] += length;
        } else if (joinsAfter) {
            offsets[next] = offset;
            lengths[next] += length;
        } else {
            insert(next, offset, length);
        }
    }

    long capacity() {
        return capacity;
    }

    /** Free bytes. */
    long total() {
        return total;
    }

    /** The longest free range. */
    long largest() {
        long largest = 0;
        for (int i = 0; i < count; i++) {
            largest = Math.max(largest, lengths[i]);
        }
        return largest;
    }

    private void remove(int index) {
        count--;
        System.arraycopy(offsets, index + 1, offsets, index, count - index);
        System.arraycopy(lengths, index + 1, lengths, index, count - index);
    }

    private void insert(int index, long offset, long length) {
        if (count == offsets.length) {
            offsets = Arrays.copyOf(offsets, 2 * count);
            lengths = Arrays.copyOf(lengths, 2 * count);
        }
        System.arraycopy(offsets, index, offsets, index + 1, count - index);
        System.arraycopy(lengths, index, lengths, index + 1, count - index);
        offsets[index] = offset;
        lengths[index] = length;
        count++;
    }
}
