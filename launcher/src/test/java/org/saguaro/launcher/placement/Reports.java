// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.placement;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.saguaro.accel.api.Precision;
import org.saguaro.runtime.core.MeasuredError;
import org.saguaro.runtime.core.PlacementReport;
import org.saguaro.runtime.core.PlacementReport.Body;
import org.saguaro.runtime.core.PlacementReport.Candidate;
import org.saguaro.runtime.core.PlacementReport.Cause;
import org.saguaro.runtime.core.PlacementReport.LayerPlacement;
import org.saguaro.runtime.core.PlacementReport.PeType;
import org.saguaro.runtime.core.PlacementReport.Reason;

/** Reports to print. */
final class Reports {

    private Reports() {}

    /** A model with something of everything: an accelerator, a fold, a loop, a long path, an unlucky name. */
    static PlacementReport mixed() {
        Reason unsupported = new Reason(Cause.UNSUPPORTED_OPERATOR, "runs conv2d, found aten.batch_norm.default");
        Reason slower = new Reason(Cause.SLOWER, "1.250 ms (estimated) on zynq-conv, 0.400 ms on cpu");
        LayerPlacement conv = layer(
                "features.0",
                "aten.conv2d.default",
                0,
                "",
                List.of(
                        cpu(false, 0, 0, Optional.of(new Reason(Cause.SLOWER, "900 us on cpu"))),
                        zynq(20, 8_000_000, Optional.empty())),
                8_000_000,
                true,
                0.8,
                Optional.empty(),
                List.of());
        LayerPlacement folded = layer(
                "features.1",
                "aten.batch_norm.default",
                0,
                "folded into features.0",
                List.of(cpu(true, 0, 0, Optional.empty()), zynq(20, 0, Optional.empty())),
                0,
                true,
                0,
                Optional.empty(),
                List.of());
        LayerPlacement dropout = layer(
                "classifier.dropout",
                "aten.dropout.default",
                -1,
                "removed: no effect in evaluation mode",
                List.of(),
                0,
                false,
                0,
                Optional.of(new Reason(Cause.REMOVED, "no effect in evaluation mode")),
                List.of());
        LayerPlacement step = layer(
                "encoder.layers.11.self_attention.output.dense.with.a.very.long.path",
                "aten.linear.default",
                0,
                "",
                List.of(cpu(true, 60, 1_500_000, Optional.empty()), zynq(0, 0, Optional.of(slower))),
                1_500_000,
                false,
                0.15,
                Optional.of(slower),
                List.of());
        LayerPlacement loop = layer(
                "encoder",
                "control.loop.default",
                -1,
                "",
                List.of(),
                0,
                false,
                0,
                Optional.of(
                        new Reason(Cause.HOST, "the core drives control flow; the layers inside run like any others")),
                List.of(new Body("body", 60, List.of(step))));
        LayerPlacement norm = layer(
                "<b>&\"norm\"",
                "aten.batch_norm.default",
                1,
                "",
                List.of(cpu(true, 20, 500_000, Optional.empty()), zynq(0, 0, Optional.of(unsupported))),
                500_000,
                false,
                0.05,
                Optional.of(unsupported),
                List.of());
        return new PlacementReport(
                "net",
                "2 of 4 layers on zynq0, 2 on CPU: 1 unsupported op, 1 cheaper there; 1 by the core itself; 1 removed",
                2,
                List.of(
                        new PeType("cpu", List.of("cpu0", "cpu1"), Map.of(), 2, 0.2),
                        new PeType("zynq-conv", List.of("zynq0"), Map.of("zynq0", "DMA timed out"), 2, 0.8)),
                List.of(conv, folded, dropout, loop, norm));
    }

    /** One layer, in int8 with an error that was measured. */
    static PlacementReport inexact() {
        Candidate zynq = new Candidate(
                "zynq-conv",
                true,
                1_250_000,
                true,
                Map.of("zynq0", 20L),
                8_000_000,
                Optional.empty(),
                Precision.INT8,
                Optional.of(new MeasuredError(0.01, 0.5, "random inputs")));
        LayerPlacement conv = layer(
                "features.0",
                "aten.conv2d.default",
                0,
                "",
                List.of(zynq),
                8_000_000,
                false,
                1,
                Optional.empty(),
                List.of());
        return new PlacementReport(
                "net",
                "1 of 1 layer on zynq0 in int8",
                1,
                List.of(new PeType("zynq-conv", List.of("zynq0"), Map.of(), 1, 1)),
                List.of(conv));
    }

    private static LayerPlacement layer(
            String path,
            String op,
            int task,
            String lowered,
            List<Candidate> candidates,
            long busyNanos,
            boolean estimated,
            double share,
            Optional<Reason> reason,
            List<Body> bodies) {
        String name = op.split("\\.", -1)[1];
        return new LayerPlacement(
                name,
                path,
                op,
                List.of("float32[1, 16, 32, 32]"),
                task,
                lowered,
                candidates,
                busyNanos,
                estimated,
                share,
                reason,
                bodies);
    }

    private static Candidate cpu(boolean ran, long runs, long nanos, Optional<Reason> reason) {
        return new Candidate(
                "cpu",
                true,
                400_000,
                ran,
                runs == 0 ? Map.of() : Map.of("cpu0", runs / 2, "cpu1", runs / 2),
                nanos,
                reason);
    }

    private static Candidate zynq(long runs, long nanos, Optional<Reason> reason) {
        boolean supported = reason.isEmpty() || reason.get().cause() == Cause.SLOWER;
        return new Candidate(
                "zynq-conv",
                supported,
                supported ? 1_250_000 : 0,
                runs > 0,
                runs == 0 ? Map.of() : Map.of("zynq0", runs),
                nanos,
                reason);
    }
}
