// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.kernel;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.zynq.engine.ConvArray;
import org.saguaro.accel.zynq.engine.ConvFormat;
import org.saguaro.accel.zynq.engine.ConvPlan;
import org.saguaro.accel.zynq.engine.ConvShape;

/**
 * Some rows of an image's result, computed by plans of their own, so that work space stays small however large the image is.
 *
 * @param firstInputRow of the rows that it reads
 * @param firstOutputRow of the rows that it makes
 * @param plan with 0 outside the image
 * @param shiftedPlan with -128 outside the image, which then is the integer that stands for 0
 */
record Strip(int firstInputRow, int firstOutputRow, ConvPlan plan, ConvPlan shiftedPlan) {

    /** The integer that stands for 0 where no activation is negative and there is one limb: all 8 bits are used. */
    static final int SHIFT = -128;

    /** What it needs of the work space. */
    long scratchBytes(int limbs, int terms) {
        return limbs * inputPlane() + terms * outputPlane();
    }

    /** Bytes from one digit's input to the next. */
    long inputPlane() {
        return lines(plan.inputBytes());
    }

    /** Bytes from one product's sums to the next. */
    long outputPlane() {
        return lines(plan.outputBytes());
    }

    private static long lines(long bytes) {
        return (bytes + 63) / 64 * 64;
    }

    /** As few strips as there can be with that much work space. */
    static List<Strip> cut(ConvShape shape, ConvArray array, int limbs, int terms, long mostScratchBytes)
            throws AccelException {
        int rows = shape.outputHeight();
        while (true) {
            List<Strip> strips = cut(shape, array, rows);
            long largest = strips.stream()
                    .mapToLong(strip -> strip.scratchBytes(limbs, terms))
                    .max()
                    .orElseThrow();
            if (largest <= mostScratchBytes || rows == 1) {
                return strips;
            }
            rows = (int) Math.max(1, Math.min(rows / 2, rows * mostScratchBytes / largest));
        }
    }

    private static List<Strip> cut(ConvShape shape, ConvArray array, int rows) throws AccelException {
        List<Strip> strips = new ArrayList<>();
        Map<ConvShape, Strip> alike = new HashMap<>();
        for (int row = 0; row < shape.outputHeight(); row += rows) {
            int end = Math.min(shape.outputHeight(), row + rows);
            int begin = row * shape.strideHeight() - shape.padTop();
            int last = (end - 1) * shape.strideHeight()
                    - shape.padTop()
                    + (shape.kernelHeight() - 1) * shape.dilationHeight();
            // A strip that sees padding only still needs a row of the image, which it then does not look at.
            int firstRow = Math.max(0, Math.min(begin, shape.inputHeight() - 1));
            int lastRow = Math.min(shape.inputHeight() - 1, Math.max(last, 0));
            ConvShape part = new ConvShape(
                    shape.inputChannels(),
                    lastRow - firstRow + 1,
                    shape.inputWidth(),
                    shape.outputChannels(),
                    shape.kernelHeight(),
                    shape.kernelWidth(),
                    shape.strideHeight(),
                    shape.strideWidth(),
                    Math.max(0, firstRow - begin),
                    shape.padLeft(),
                    Math.max(0, last - lastRow),
                    shape.padRight(),
                    shape.dilationHeight(),
                    shape.dilationWidth(),
                    shape.groups(),
                    false);
            if (part.outputHeight() != end - row) {
                throw new AccelException(
                        AccelException.Category.UNSUPPORTED,
                        "rows " + row + " to " + end + " of " + shape + " lie outside the image");
            }
            Strip known = alike.get(part);
            Strip strip = known == null
                    ? new Strip(
                            firstRow,
                            row,
                            ConvPlan.of(part, ConvFormat.int32(), array),
                            ConvPlan.of(part, ConvFormat.int32().padded(SHIFT), array))
                    : new Strip(firstRow, row, known.plan(), known.shiftedPlan());
            alike.put(part, strip);
            strips.add(strip);
        }
        return strips;
    }
}
