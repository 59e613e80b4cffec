// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.DeviceMemory;
import org.saguaro.accel.api.HostBuffer;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.MeasuredError;

/** Runs a kernel on given inputs beside all requests, and compares what it makes. */
final class KernelTrial {

    private KernelTrial() {}

    /** Worker thread of the kernel's PE: runs it on a sample's inputs; how far that is from the sample's outputs. Null if it was closed. */
    static @Nullable MeasuredError run(PreparedKernel kernel, Rehearsal.Sample sample, String inputs)
            throws AccelException {
        DeviceMemory memory = kernel.pe().domain().memory();
        List<TensorBuffer> buffers = new ArrayList<>();
        try {
            TensorBuffer[] in = new TensorBuffer[sample.inputs().size()];
            for (int i = 0; i < in.length; i++) {
                in[i] = upload(sample.inputs().get(i), memory, buffers);
            }
            TensorBuffer[] out = new TensorBuffer[sample.outputs().size()];
            for (int i = 0; i < out.length; i++) {
                out[i] = new TensorBuffer(sample.outputs().get(i).dtype(), memory);
                buffers.add(out[i]);
            }
            if (!kernel.probe(in, out)) {
                return null;
            }
            List<Tensor> found = new ArrayList<>();
            for (TensorBuffer made : out) {
                found.add(download(made));
            }
            return compare(found, sample.outputs(), inputs);
        } finally {
            buffers.forEach(TensorBuffer::close);
        }
    }

    /** A tensor in a memory; added to {@code all}, whose owner closes it. */
    static TensorBuffer upload(Tensor tensor, DeviceMemory memory, List<TensorBuffer> all) throws AccelException {
        TensorBuffer buffer = new TensorBuffer(tensor.dtype(), memory);
        all.add(buffer);
        buffer.resize(tensor.sizes());
        ByteBuffer bytes = tensor.toDense().bytes();
        try (HostBuffer staging = HostMemory.get().allocate(buffer.sizeBytes())) {
            staging.bytes().put(0, bytes, bytes.position(), Math.toIntExact(buffer.sizeBytes()));
            memory.upload(staging, buffer.storage(), buffer.sizeBytes());
        }
        return buffer;
    }

    private static Tensor download(TensorBuffer source) throws AccelException {
        try (TensorBuffer host = new TensorBuffer(source.dtype(), HostMemory.get())) {
            host.resize(source.sizes());
            source.memory().download(source.storage(), host.host(), source.sizeBytes());
            return HostTensors.copyOf(host);
        }
    }

    /** Over all elements of all tensors; complex numbers count as two. */
    static MeasuredError compare(List<Tensor> found, List<Tensor> expected, String inputs) {
        double noise = 0;
        double signal = 0;
        double largest = 0;
        for (int i = 0; i < expected.size(); i++) {
            double[] there = numbers(found.get(i));
            double[] here = numbers(expected.get(i));
            if (there.length != here.length) {
                return new MeasuredError(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, inputs);
            }
            for (int j = 0; j < here.length; j++) {
                boolean same = Double.compare(there[j], here[j]) == 0;
                double difference = same ? 0 : Math.abs(there[j] - here[j]);
                // Where the CPU makes infinities or nothing, there is no scale: either it is the same, or all is lost.
                difference = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference;
                noise += difference * difference;
                signal += Double.isFinite(here[j]) ? here[j] * here[j] : 0;
                largest = Math.max(largest, difference);
            }
        }
        return new MeasuredError(noise == 0 ? 0 : Math.sqrt(noise / signal), largest, inputs);
    }

    private static double[] numbers(Tensor tensor) {
        if (tensor.dtype() != DType.COMPLEX64 && tensor.dtype() != DType.COMPLEX128) {
            return tensor.toDoubles();
        }
        Tensor dense = tensor.toDense();
        ByteBuffer bytes = dense.bytes();
        double[] parts = new double[Math.toIntExact(2 * dense.elementCount())];
        for (int i = 0; i < parts.length; i++) {
            parts[i] = tensor.dtype() == DType.COMPLEX64
                    ? bytes.getFloat(bytes.position() + Float.BYTES * i)
                    : bytes.getDouble(bytes.position() + Double.BYTES * i);
        }
        return parts;
    }
}
