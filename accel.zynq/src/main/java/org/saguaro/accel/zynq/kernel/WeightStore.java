// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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

    /** Makes the digits, if nobody has packed them yet. */
    @FunctionalInterface
    interface DigitsMaker {
        WeightDigits make() throws AccelException;
    }

    /** Weights in DMA memory, one plane per digit; given back by each of its users. */
    final class Entry {
        private final Key key;
        private final DmaBuffer buffer;
        private final double[] scales;
        private final double[] corrections;
        private int users = 1;

        Entry(Key key, DmaBuffer buffer, double[] scales, double[] corrections) {
            this.key = key;
            this.buffer = buffer;
            this.scales = scales;
            this.corrections = corrections;
        }

        /** As {@link WeightDigits#scales}. */
        double[] scales() {
            return scales;
        }

        /** As {@link WeightDigits#corrections}. */
        double[] corrections() {
            return corrections;
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
     * @param maker of their digits
     * @throws AccelException {@code RESOURCE_EXHAUSTED} if there is no room; and what the maker throws
     */
    synchronized Entry get(Tensor weights, ConvPlan plan, int limbs, DigitsMaker maker) throws AccelException {
        Key key = new Key(weights, plan, limbs);
        Entry known = entries.get(key);
        if (known != null) {
            known.users++;
            return known;
        }
        WeightDigits digits = maker.make();
        DmaBuffer buffer = pool.allocate(limbs * planeBytes(plan));
        try {
            pack(digits, plan, planes(plan, limbs, buffer, 0));
            buffer.syncForDevice(0, limbs * planeBytes(plan));
            Entry entry = new Entry(key, buffer, digits.scales(), digits.corrections());
            entries.put(key, entry);
            return entry;
        } catch (AccelException | RuntimeException e) {
            buffer.close();
            throw e;
        }
    }

    /** The parts of a buffer that hold the planes, from {@code offset} on. */
    static ByteBuffer[] planes(ConvPlan plan, int limbs, DmaBuffer buffer, long offset) {
        int bytes = Math.toIntExact(planeBytes(plan));
        ByteBuffer[] planes = new ByteBuffer[limbs];
        for (int limb = 0; limb < limbs; limb++) {
            planes[limb] = buffer.bytes()
                    .slice(Math.toIntExact(offset) + limb * bytes, bytes)
                    .order(ByteOrder.LITTLE_ENDIAN);
        }
        return planes;
    }

    /** Writes all planes. The engine does not see them yet. */
    static void pack(WeightDigits digits, ConvPlan plan, ByteBuffer[] planes) {
        for (int limb = 0; limb < planes.length; limb++) {
            plan.packWeights(digits.digits(limb), NOTHING, NOTHING, planes[limb]);
        }
    }
}
