// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.heuristics;

/**
 * Ready tasks, the one with the least key first; equal keys by a second key, then the oldest. A binary heap: a round that places few
 * of many tasks pays O(1) for each of the others.
 */
final class TaskHeap {

    private long[] keys = new long[0];
    private long[] seconds = new long[0];
    private int[] tasks = new int[0];
    private int size;

    /** Empties it, and makes room. */
    void begin(int atMost) {
        size = 0;
        if (keys.length < atMost) {
            keys = new long[atMost];
            seconds = new long[atMost];
            tasks = new int[atMost];
        }
    }

    /** Adds a task; {@link #order} must follow before the first is taken. */
    void add(int task, long key, long second) {
        keys[size] = key;
        seconds[size] = second;
        tasks[size++] = task;
    }

    /** A key that makes the largest double the least. */
    static long descending(double value) {
        long bits = Double.doubleToLongBits(value);
        // A negative double's bits grow with its magnitude.
        return ~(bits ^ ((bits >> 63) & Long.MAX_VALUE));
    }

    void order() {
        for (int i = (size >>> 1) - 1; i >= 0; i--) {
            sink(i, keys[i], seconds[i], tasks[i]);
        }
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** The first task's key. */
    long leastKey() {
        return keys[0];
    }

    int poll() {
        int first = tasks[0];
        size--;
        if (size > 0) {
            sink(0, keys[size], seconds[size], tasks[size]);
        }
        return first;
    }

    /** Puts back a task that was polled, with a new key. */
    void putBack(int task, long key, long second) {
        int place = size++;
        while (place > 0) {
            int parent = (place - 1) >>> 1;
            if (!isLess(key, second, task, parent)) {
                break;
            }
            move(parent, place);
            place = parent;
        }
        put(place, key, second, task);
    }

    private void sink(int start, long key, long second, int task) {
        int place = start;
        int child = 2 * place + 1;
        while (child < size) {
            if (child + 1 < size && isLess(keys[child + 1], seconds[child + 1], tasks[child + 1], child)) {
                child++;
            }
            if (isLess(key, second, task, child)) {
                break;
            }
            move(child, place);
            place = child;
            child = 2 * place + 1;
        }
        put(place, key, second, task);
    }

    private boolean isLess(long key, long second, int task, int place) {
        if (key != keys[place]) {
            return key < keys[place];
        }
        if (second != seconds[place]) {
            return second < seconds[place];
        }
        return task < tasks[place];
    }

    private void move(int from, int to) {
        put(to, keys[from], seconds[from], tasks[from]);
    }

    private void put(int place, long key, long second, int task) {
        keys[place] = key;
        seconds[place] = second;
        tasks[place] = task;
    }
}
