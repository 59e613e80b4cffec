// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.fuzz;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.ModelReader;
import org.saguaro.model.api.Weight;

/**
 * Reads damaged archives. Each must give a graph whose weights can be read, or a {@link ModelFormatException} that names the file,
 * within {@link #LIMIT} and without allocating more than {@link #allowedBytes}. An archive is a function of seed and number, so
 * a finding can be repeated alone.
 */
final class Fuzzer {

    /** Of time for one archive; a stuck reader is a finding, not a hang of the fuzzer. */
    static final Duration LIMIT = Duration.ofSeconds(5);

    /** Operator schemas, parsers' tables and the like: independent of the file. */
    private static final long FIXED_BYTES = 32L << 20;

    /** A token of a document becomes objects: a few dozen times the text it came from. */
    private static final long BYTES_PER_BYTE = 128;

    private static final List<Mutator> MUTATORS = List.of(
            new EntryMutator(),
            new JsonMutator(),
            new PickleMutator(),
            new SourceMutator(),
            new NestedMutator(List.of(new EntryMutator(), new PickleMutator())));

    /**
     * How one archive ended.
     *
     * @param refusal the message, if it was refused
     * @param finding what is wrong with the reader; empty if nothing is
     */
    record Outcome(String archive, String refusal, String finding, long nanos, long allocatedBytes) {}

    /**
     * What came out of a run.
     *
     * @param findings with all that is needed to repeat them
     * @param kinds distinct refusals, without names and numbers
     */
    record Report(
            int archives,
            int read,
            int refused,
            List<String> findings,
            int kinds,
            Duration slowest,
            long largestAllocationBytes) {

        @Override
        public String toString() {
            return archives + " archives: " + read + " read, " + refused + " refused (" + kinds + " kinds), "
                    + findings.size() + " findings; slowest " + slowest.toMillis() + " ms, largest allocation "
                    + (largestAllocationBytes >> 20) + " MB";
        }
    }

    private final Corpus corpus;
    private final List<ModelReader> readers;
    private final Path folder;
    private final long seed;

    /**
     * A fuzzer.
     *
     * @param readers asked in turn, as the core does
     * @param folder for the damaged archives; those with findings stay there
     */
    Fuzzer(Corpus corpus, List<ModelReader> readers, Path folder, long seed) {
        this.corpus = corpus;
        this.readers = List.copyOf(readers);
        this.folder = folder;
        this.seed = seed;
    }

    /** How much reading a file may allocate. */
    static long allowedBytes(long fileBytes) {
        return FIXED_BYTES + BYTES_PER_BYTE * fileBytes;
    }

    /** Reads archives number {@code first} to {@code first + count - 1}. */
    Report run(int first, int count) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        int refused = 0;
        List<String> findings = new ArrayList<>();
        Set<String> kinds = new HashSet<>();
        long slowest = 0;
        long largest = 0;
        for (int number = first; number < first + count; number++) {
            Outcome outcome = examine(number);
            if (!outcome.finding().isEmpty()) {
                findings.add(
                        "number " + number + " of seed " + seed + ", " + outcome.archive() + ": " + outcome.finding());
            } else if (!outcome.refusal().isEmpty()) {
                refused++;
                kinds.add(outcome.refusal().replaceAll("[^ ]*[^a-zA-Z :,;()][^ ]*", "#"));
            }
            slowest = Math.max(slowest, outcome.nanos());
            largest = Math.max(largest, outcome.allocatedBytes());
        }
        return new Report(
                count,
                count - refused - findings.size(),
                refused,
                findings,
                kinds.size(),
                Duration.ofNanos(slowest),
                largest);
    }

    private Outcome examine(int number) throws IOException, InterruptedException {
        Random random = new Random(seed * 1_000_003 + number);
        Corpus.Seed origin = Lies.oneOf(corpus.seeds(), random);
        StringBuilder damage = new StringBuilder(origin.name()).append(": ");
        byte[] bytes = damaged(origin.archive().copy(), random, damage);
        // A name of its own for every archive: graphs of earlier ones may still have theirs mapped.
        Path file = folder.resolve(seed + "-" + number + origin.extension());
        Files.write(file, bytes);
        String what = damage.length() > 400 ? damage.substring(0, 400) + "..." : damage.toString();

        FutureTask<Outcome> task = new FutureTask<>(() -> read(file, what));
        Thread thread = new Thread(task, "fuzz-" + number);
        thread.setDaemon(true);
        thread.start();
        Outcome outcome;
        try {
            outcome = task.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            StackTraceElement[] stack = thread.getStackTrace();
            thread.interrupt();
            outcome = new Outcome(
                    what, "", "still reading after " + LIMIT.toSeconds() + " s, at " + top(stack), LIMIT.toNanos(), 0);
        } catch (ExecutionException e) {
            throw new AssertionError("the fuzzer itself failed on " + what, e.getCause());
        }
        if (outcome.finding().isEmpty()) {
            Files.delete(file);
        }
        return outcome;
    }

    private static byte[] damaged(Archive archive, Random random, StringBuilder damage) {
        boolean zipToo = random.nextInt(6) == 0;
        if (!zipToo || random.nextInt(4) == 0) {
            for (int n = random.nextInt(5) == 0 ? 2 : 1; n > 0; n--) {
                List<Mutator> mutators = MUTATORS.stream()
                        .filter(mutator -> mutator.appliesTo(archive))
                        .toList();
                if (!mutators.isEmpty()) {
                    damage.append(Lies.oneOf(mutators, random).mutate(archive, random))
                            .append("; ");
                }
            }
        }
        byte[] packed = archive.pack();
        return zipToo ? ZipDamage.damage(packed, random, damage) : packed;
    }

    private Outcome read(Path file, String what) throws IOException {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocatedBefore = threads.getCurrentThreadAllocatedBytes();
        long began = System.nanoTime();
        String refusal = "";
        String finding = "";
        try {
            for (ModelReader reader : readers) {
                if (reader.accepts(file)) {
                    reader.read(file).weights().forEach(Fuzzer::touch);
                    break;
                }
            }
        } catch (ModelFormatException e) {
            refusal = String.valueOf(e.getMessage());
            finding = wrongWith(e, file);
        } catch (Throwable e) { // also StackOverflowError and OutOfMemoryError: every one is a finding
            finding = "expected a ModelFormatException, found " + shortened(e.toString()) + " at "
                    + top(e.getStackTrace());
        }
        long nanos = System.nanoTime() - began;
        long allocated = threads.getCurrentThreadAllocatedBytes() - allocatedBefore;
        if (finding.isEmpty() && allocated > allowedBytes(Files.size(file))) {
            finding = "allocated " + allocated + " bytes for a file of " + Files.size(file) + ", allowed are "
                    + allowedBytes(Files.size(file)) + shortened("; " + refusal);
        }
        return new Outcome(what, refusal, finding, nanos, allocated);
    }

    private static String wrongWith(ModelFormatException e, Path file) {
        List<@Nullable String> parts = Arrays.asList(e.getMessage(), e.place(), e.found(), e.expected(), e.action());
        if (parts.stream().anyMatch(part -> part == null || part.isBlank())) {
            return "a refusal with an empty part: " + parts;
        }
        String message = String.valueOf(e.getMessage());
        if (!message.contains(file.toString())) {
            return "a refusal that does not name the file: " + shortened(message);
        }
        return message.length() > 4_000
                ? "a refusal of " + message.length() + " characters: " + shortened(message)
                : "";
    }

    /** A view that reaches outside its file would end the JVM here, and not in a user's request. */
    private static void touch(Weight weight) {
        ByteBuffer bytes = weight.data().bytes();
        for (int at = 0; at < bytes.limit(); at += Math.max(1, bytes.limit() - 1)) {
            bytes.get(at);
        }
    }

    private static String top(StackTraceElement[] stack) {
        return Arrays.stream(stack)
                .limit(8)
                .map(frame -> frame.getClassName().replaceAll(".*\\.", "") + "." + frame.getMethodName() + ":"
                        + frame.getLineNumber())
                .toList()
                .toString();
    }

    private static String shortened(String text) {
        return text.length() > 500 ? text.substring(0, 500) + "..." : text;
    }

    /** What the readers say about an undamaged archive: a corpus that cannot be read would test only the first refusal. */
    List<String> unreadable() throws IOException {
        List<String> refusals = new ArrayList<>();
        for (Corpus.Seed origin : corpus.seeds()) {
            Path file = folder.resolve("whole" + origin.extension());
            Files.createDirectories(folder);
            Files.write(file, origin.archive().pack());
            for (ModelReader reader : readers) {
                if (reader.accepts(file)) {
                    try {
                        LayerGraph graph = reader.read(file);
                        graph.weights().forEach(Fuzzer::touch);
                    } catch (ModelFormatException e) {
                        refusals.add(origin.name() + ": " + e.getMessage());
                    }
                    break;
                }
            }
            Files.delete(file);
        }
        return refusals;
    }
}
