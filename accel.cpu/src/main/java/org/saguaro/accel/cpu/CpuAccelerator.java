// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.saguaro.accel.api.PeShape;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.cpu.cabi.CAbi;
import org.saguaro.accel.cpu.cabi.Libtorch;
import org.saguaro.accel.cpu.presets.Presets;
import org.saguaro.lib.pytorch.LibtorchFolder;
import org.saguaro.lib.pytorch.ProgressListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Offers the CPU: registers {@link ProcessingElement} services for its two shapes, one PE per core and one PE that has them all, or exactly
 * the PEs that are configured. A change of the configuration takes all of them away and registers new ones.
 */
@Component(
        configurationPid = CpuAccelerator.PID,
        immediate = true,
        service = {})
@Designate(ocd = CpuAccelerator.Configuration.class)
public final class CpuAccelerator {

    static final String PID = "org.saguaro.accel.cpu";

    /** A PE per core. */
    static final PeShape NARROW = new PeShape("cpu", "narrow");

    /** One PE that has all cores. */
    static final PeShape WIDE = new PeShape("cpu", "wide");

    private static final Logger LOG = LoggerFactory.getLogger(CpuAccelerator.class);

    /** How the cores are shared out. */
    @ObjectClassDefinition(
            name = "CPU processing elements",
            description = "How many processing elements the CPU offers, and how wide each is")
    @interface Configuration {
        @AttributeDefinition(
                name = "Processing elements",
                description =
                        "How many there are; 0 for as many as the cores available hold. Set, there are exactly these")
        int pes() default 0;

        @AttributeDefinition(
                name = "Threads",
                description = "Threads that one processing element uses inside a layer; each takes a core."
                        + " 0 for one, set there are exactly such processing elements")
        int threads() default 0;

        @AttributeDefinition(
                name = "Shapes",
                description =
                        "Whether the cores are offered in two shapes, between which the runtime changes under load:"
                                + " a processing element per core, and one that has all cores."
                                + " Only where neither processing elements nor threads are set")
        boolean shapes() default true;

        @AttributeDefinition(
                name = "libtorch",
                description =
                        "Folder of a libtorch 2.7 or later to use instead of the one that comes along, for instance"
                                + " where pip installed torch. Empty for the one that comes along")
        String libtorch() default "";

        @AttributeDefinition(
                name = "Pin",
                description = "Whether a processing element's threads are bound to its cores")
        boolean pin() default true;
    }

    private final Deque<ServiceRegistration<ProcessingElement>> registrations = new ArrayDeque<>();

    /**
     * Called by Declarative Services.
     *
     * @throws IllegalArgumentException if a figure makes no sense
     */
    @Activate
    public CpuAccelerator(BundleContext context, Configuration configuration) {
        Backend backend = backend(configuration.libtorch());
        boolean shapes = configuration.shapes() && configuration.pes() == 0 && configuration.threads() == 0;
        for (ProcessingElement pe : shapes
                ? processingElementsOfAllShapes(configuration.pin(), backend)
                : processingElements(
                        configuration.pes(), Math.max(1, configuration.threads()), configuration.pin(), backend)) {
            Map<String, Object> properties = Map.of(
                    "pe.id", pe.descriptor().id(), "pe.type", pe.descriptor().type());
            registrations.push(
                    context.registerService(ProcessingElement.class, pe, FrameworkUtil.asDictionary(properties)));
        }
        LOG.info("{} CPU processing elements{} on {}", registrations.size(), shapes ? " in two shapes" : "", backend);
    }

    /**
     * The way to libtorch on this machine: a folder that is configured, else the JavaCPP presets where there are any, else the plain
     * libtorch that comes along.
     *
     * @param folder configured, or empty
     * @throws IllegalArgumentException if the folder holds no libtorch that can be used
     */
    static Backend backend(String folder) {
        Path own = folder.isBlank() ? LibtorchFolder.prepare(null, CpuAccelerator::report) : Path.of(folder.strip());
        return own == null ? new Presets() : new CAbi(Libtorch.load(own));
    }

    private static void report(ProgressListener.Progress progress) {
        LOG.debug("{} of {} libraries in place: {}", progress.files(), progress.totalFiles(), progress.file());
    }

    /** The PEs that a configuration asks for, on the libtorch of this machine. */
    public static List<? extends ProcessingElement> processingElements(int count, int threads, boolean pin) {
        return processingElements(count, threads, pin, backend(""));
    }

    /** The PEs that a configuration asks for; they share what the backend prepares and what was measured. */
    static List<? extends ProcessingElement> processingElements(int count, int threads, boolean pin, Backend backend) {
        if (count < 0 || threads < 1) {
            throw new IllegalArgumentException(
                    PID + ": pes must be 0 or more and threads 1 or more, found pes=" + count + ", threads=" + threads);
        }
        int[] cores = Affinity.allowed().stream().toArray();
        int number = count > 0 ? count : Math.max(1, cores.length / threads);
        SignalKernels signals = new SignalKernels();
        List<CpuProcessingElement> pes = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            BitSet own = new BitSet();
            for (int t = 0; pin && t < threads; t++) {
                own.set(cores[(i * threads + t) % cores.length]);
            }
            pes.add(new CpuProcessingElement("cpu" + i, threads, own, backend, signals));
        }
        return pes;
    }

    /**
     * The cores in both shapes, of one group: a PE per core, and one PE that has them all. They share packed weights and measured choices as far
     * as one form serves both. On one core there is only one shape.
     */
    public static List<? extends ProcessingElement> processingElementsOfAllShapes(boolean pin) {
        return processingElementsOfAllShapes(pin, backend(""));
    }

    private static List<? extends ProcessingElement> processingElementsOfAllShapes(boolean pin, Backend backend) {
        int[] cores = Affinity.allowed().stream().toArray();
        if (cores.length < 2) {
            return processingElements(0, 1, pin, backend);
        }
        SignalKernels signals = new SignalKernels();
        List<ProcessingElement> pes = new ArrayList<>();
        BitSet all = new BitSet();
        for (int i = 0; i < cores.length; i++) {
            BitSet own = new BitSet();
            if (pin) {
                own.set(cores[i]);
                all.set(cores[i]);
            }
            pes.add(new ShapedCpu(i, 1, own, backend, signals, NARROW));
        }
        pes.add(new ShapedCpu(0, cores.length, all, backend, signals, WIDE));
        return pes;
    }

    @Deactivate
    void deactivate() {
        while (!registrations.isEmpty()) {
            registrations.pop().unregister();
        }
    }
}
