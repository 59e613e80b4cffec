// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

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
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.lib.pytorch.NativeLibraries;
import org.saguaro.lib.pytorch.ProgressListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Offers the CPU: registers one {@link ProcessingElement} service per core, or as configured. A change of the configuration
 * takes all of them away and registers new ones.
 */
@Component(
        configurationPid = CpuAccelerator.PID,
        immediate = true,
        service = {})
@Designate(ocd = CpuAccelerator.Configuration.class)
public final class CpuAccelerator {

    static final String PID = "org.saguaro.accel.cpu";

    private static final Logger LOG = LoggerFactory.getLogger(CpuAccelerator.class);

    /** How the cores are shared out. */
    @ObjectClassDefinition(
            name = "CPU processing elements",
            description = "How many processing elements the CPU offers, and how wide each is")
    @interface Configuration {
        @AttributeDefinition(
                name = "Processing elements",
                description = "How many there are; 0 for as many as the cores available hold")
        int pes() default 0;

        @AttributeDefinition(
                name = "Threads",
                description = "Threads that one processing element uses inside a layer; each takes a core")
        int threads() default 1;

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
        NativeLibraries.load(null, CpuAccelerator::report);
        for (ProcessingElement pe :
                processingElements(configuration.pes(), configuration.threads(), configuration.pin())) {
            Map<String, Object> properties = Map.of(
                    "pe.id", pe.descriptor().id(), "pe.type", pe.descriptor().type());
            registrations.push(
                    context.registerService(ProcessingElement.class, pe, FrameworkUtil.asDictionary(properties)));
        }
        LOG.info("{} CPU processing elements of {} threads", registrations.size(), configuration.threads());
    }

    private static void report(ProgressListener.Progress progress) {
        LOG.debug("{} of {} libraries in place: {}", progress.files(), progress.totalFiles(), progress.file());
    }

    /** The PEs that a configuration asks for; they share packed weights and measured choices. */
    public static List<? extends ProcessingElement> processingElements(int count, int threads, boolean pin) {
        if (count < 0 || threads < 1) {
            throw new IllegalArgumentException(
                    PID + ": pes must be 0 or more and threads 1 or more, found pes=" + count + ", threads=" + threads);
        }
        int[] cores = Affinity.allowed().stream().toArray();
        int number = count > 0 ? count : Math.max(1, cores.length / threads);
        Operators operators = new Operators();
        Tuner tuner = new Tuner(operators, new PackedWeights());
        List<CpuProcessingElement> pes = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            BitSet own = new BitSet();
            for (int t = 0; pin && t < threads; t++) {
                own.set(cores[(i * threads + t) % cores.length]);
            }
            pes.add(new CpuProcessingElement(i, threads, own, operators, tuner));
        }
        return pes;
    }

    @Deactivate
    void deactivate() {
        while (!registrations.isEmpty()) {
            registrations.pop().unregister();
        }
    }
}
