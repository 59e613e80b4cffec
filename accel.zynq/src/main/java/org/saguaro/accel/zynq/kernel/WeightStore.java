// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.kernel;

import java.util.HashMap;
import java.util.Map;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.zynq.device.DmaBuffer;
import org.saguaro.accel.zynq.device.DmaPool;
import org.saguaro.accel.zynq.engine.ConvPlan;
import org.saguaro.accel.zynq.engine.ConvShape;
import org.saguaro.model.api.Tensor;

/** The packed weights of a device: engines of equal size, also of different overlays, use one copy of a layer's. Thread-safe. */
public final class WeightStore {

    /** Packed alike. Tensors are the same if they are the same object: a model's layers share theirs. */
    private static final class Key {
        private final Tensor weights;
        private final ConvPlan plan;
        private final int limbs;

        Key(Tensor weights, ConvPlan plan, int limbs) {
            this.weights = weights;
            this.plan = plan;
            this.limbs = limbs;
        }

        private ConvShape shape() {
            return plan.shape();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Key key
                    && weights == key.weights
                    && limbs == key.limbs
                    && shape().equals(key.shape())
                    && plan.array().equals(key.plan.array());
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(weights) * 31 + shape().hashCode();
        }
    }

    private static final int[] NOTHING = {};

    private final DmaPool pool;
    private final Map<Key, Entry> entries = new HashMap<>();

    /** @param pool where weights are put */
    public WeightStore(DmaPool pool) {
        this.pool = pool;
    }

    /** Weights in DMA memory, one plane per digit; given back by each of its users. */
    final class Entry {
        private final Key key;
        private final DmaBuffer buffer;
        private int users = 1;

        Entry(Key key, DmaBuffer buffer) {
            this.key = key;
            this.buffer = buffer;
        }

        /** Where the engine finds the digits of that order. */
        long address(int limb) {
            return buffer.physicalAddress() + limb * planeBytes(key.plan);
        }

        long share() {
            synchronized (WeightStore.this) {
                return buffer.sizeBytes() / users;
            }
        }

        void giveBack() {
            synchronized (WeightStore.this) {
                if (--users == 0) {
                    entries.remove(key);
                    buffer.close();
                }
            }
        }
    }

    /** Bytes from one digit's weights to the next. */
    static long planeBytes(ConvPlan plan) {
        return (plan.weightBytes() + 63) / 64 * 64;
    }

    /**
     * The weights, packed for that plan.
     *
     * @param digits of these weights
     * @throws AccelException {@code RESOURCE_EXHAUSTED} if there is no room
     */
    synchronized Entry get(Tensor weights, WeightDigits digits, ConvPlan plan, int limbs) throws AccelException {
        Key key = new Key(weights, plan, limbs);
        Entry known = entries.get(key);
        if (known != null) {
            known.users++;
            return known;
        }
        DmaBuffer buffer = pool.allocate(limbs * planeBytes(plan));
        try {
            pack(digits, plan, limbs, buffer, 0, new byte[plan.weightRowBytes()]);
            Entry entry = new Entry(key, buffer);
            entries.put(key, entry);
            return entry;
        } catch (AccelException | RuntimeException e) {
            buffer.close();
            throw e;
        }
    }

    /**
     * Writes all planes to {@code offset} of a buffer, for the engine to see.
     *
     * @param row work space of the plan's {@link ConvPlan#weightRowBytes}
     */
    static void pack(WeightDigits digits, ConvPlan plan, int limbs, DmaBuffer buffer, long offset, byte[] row)
            throws AccelException {
        int plane = Math.toIntExact(planeBytes(plan));
        for (int limb = 0; limb < limbs; limb++) {
            plan.packWeights(
                    digits.digits(limb), NOTHING, NOTHING, buffer.bytes(), Math.toIntExact(offset) + limb * plane, row);
        }
        buffer.syncForDevice(offset, (long) limbs * plane);
    }
}
