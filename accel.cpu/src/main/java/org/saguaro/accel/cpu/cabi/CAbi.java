// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.cabi;

import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.ProcessingElement.WorkerScope;
import org.saguaro.accel.api.Support;
import org.saguaro.accel.cpu.Backend;
import org.saguaro.accel.cpu.LayerSupport;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;

/**
 * libtorch through its plain C ABI, {@code aoti_torch_*}, which promises to stay: for platforms without JavaCPP presets, and for a libtorch
 * that is there already. Runs what that ABI reaches ({@link Ways}) and refuses the rest by name.
 */
public final class CAbi implements Backend {

    private final Ways ways;

    /** @throws IllegalArgumentException if the libtorch lacks a function that every supported one has */
    public CAbi(Libtorch libtorch) {
        ways = new Ways(libtorch);
    }

    @Override
    public Support supports(LayerGraph graph, Layer layer) {
        Schema schema = ways.find(layer.op());
        if (schema == null) {
            return LayerSupport.unknown(layer);
        }
        Support fits = LayerSupport.of(schema, graph, layer);
        if (!fits.isSupported()) {
            return fits;
        }
        try {
            @Nullable Object[] arguments = Encoding.outline(schema, layer);
            return ways.find(schema, arguments) != null
                    ? Support.yes()
                    : Support.no(Support.Cause.OPERATOR, Ways.Unreachable.message(schema, ways.libtorch()));
        } catch (IllegalArgumentException e) {
            return Support.no(Support.Cause.ATTRIBUTE, String.valueOf(e.getMessage()));
        }
    }

    @Override
    public Kernel compile(String device, int threads, LayerGraph segment) throws AccelException {
        try {
            return new CAbiKernel(device, segment, ways);
        } catch (IllegalArgumentException e) {
            throw new AccelException(
                    AccelException.Category.UNSUPPORTED, device + ": " + segment.name() + ": " + e.getMessage(), e);
        }
    }

    @Override
    public WorkerScope openThread(int threads) {
        Functions functions = ways.functions();
        CallFrame frame = new CallFrame();
        // Asking first makes libtorch see the thread, so that another PE's number does not become its own.
        if (functions.getThreads != null && functions.setThreads != null) {
            int before = (int) frame.begin().callForPointer(functions.getThreads);
            if (before != threads) {
                frame.begin().word(threads).call(functions.setThreads);
            }
        }
        frame.begin().word(0).call(functions.gradMode);
        return WorkerScope.NOTHING;
    }

    @Override
    public String toString() {
        return ways.libtorch().toString();
    }
}
