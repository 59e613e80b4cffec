// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.saguaro.runtime.core.DeployOptions.Granularity;
import org.saguaro.runtime.core.RequestOptions;

class WorkloadFileTest {

    @TempDir
    Path folder;

    private static String refusal(String text) {
        return String.valueOf(assertThatExceptionOfType(WorkloadException.class)
                .as("of %s", text)
                .isThrownBy(() -> WorkloadFile.parse(text, "w.json", Path.of("/absent")))
                .actual()
                .getMessage());
    }

    @Test
    void readsAllThereIs() throws Exception {
        Path base = Files.createDirectories(folder.resolve("workloads"));
        Files.writeString(base.resolve("arrivals.csv"), "stream,arrivalMillis\nradio,2.5\nother,1\nradio,1\n");
        for (String file : List.of("model.pt2", "x.npy", "y.npy")) {
            Files.createFile(base.resolve(file));
        }
        Files.createFile(Files.createDirectories(folder.resolve("digits-vgg")).resolve("app.json"));

        Workload workload = WorkloadFile.parse(Workloads.EVERYTHING, "w.json", base);

        assertThat(workload.seed()).isEqualTo(7);
        assertThat(workload.durationSeconds()).isEqualTo(10);
        assertThat(workload.rateMbps()).hasValue(20.5);
        assertThat(workload.warmUpRequests()).isEqualTo(3);
        assertThat(workload.granularity()).isEqualTo(Granularity.LAYER);
        assertThat(workload.tenantWeights()).containsEntry("army", 2.5).containsEntry("default", 1.0);
        Stream radar = workload.streams().get(0);
        assertThat(radar.source()).isEqualTo(new Source.Application("pulse-doppler"));
        assertThat(radar.arrivals()).isEqualTo(new ArrivalProcess.Periodic(new Rate.Share(3), 0.5));
        assertThat(radar.options())
                .isEqualTo(RequestOptions.DEFAULT
                        .withTimeout(Duration.ofSeconds(5))
                        .withTenant("army")
                        .withPriority(4)
                        .withHardDeadline(Duration.ofMillis(100))
                        .withSoftDeadline(Duration.ofMillis(40))
                        .withValue(10));
        assertThat(workload.streams().get(1).arrivals()).isEqualTo(new ArrivalProcess.Poisson(new Rate.Share(1)));
        assertThat(workload.streams().get(2).arrivals())
                .isEqualTo(new ArrivalProcess.Bursty(new Rate.Share(1), 200, 800));
        assertThat(workload.streams().get(2).instances()).hasValue(50);
        assertThat(((ArrivalProcess.Recorded) workload.streams().get(3).arrivals()).nanos())
                .containsExactly(1_000_000L, 2_500_000L);
        assertThat(workload.streams().get(4).source()).isEqualTo(new Source.Example(folder.resolve("digits-vgg")));
        assertThat(workload.streams().get(4).arrivals()).isEqualTo(new ArrivalProcess.AtOnce());
        assertThat(workload.streams().get(5).source())
                .isEqualTo(new Source.Model(
                        base.resolve("model.pt2"), List.of(base.resolve("x.npy"), base.resolve("y.npy"))));
    }

    @Test
    void saysWhereAndWhatIsWrongAllAtOnce() {
        assertThat(refusal("""
                        {"durationSeconds": 0,
                         "streems": [],
                         "streams": [
                           {"application": "a", "arrivals": {"process": "poison", "perSecond": 1}},
                           {"example": "x", "model": "y", "instances": 1.5}]}
                        """))
                .contains("w.json:1:21: durationSeconds: found 0, expected a number from")
                .contains("w.json:2:2: found 'streems'")
                .contains("did you mean 'streams'?")
                .contains("w.json:4:49: streams[0].arrivals.process: found 'poison', expected one of periodic, poisson,"
                        + " bursty, trace; did you mean 'poisson'?")
                .contains("streams[1]: found example and model, expected one of them")
                .contains("streams[1].instances: found 1.5, expected an integer");
        assertThat(refusal("{\"durationSeconds\": 1, \"streams\": ["))
                .startsWith("w.json:1:")
                .contains("found no valid JSON");
    }

    @Test
    void ratesAreSaidOnceAndOnlyOnce() {
        assertThat(refusal("{\"durationSeconds\": 1, \"streams\": [" + Workloads.stream("s", "\"process\": \"poisson\"")
                        + "]}"))
                .contains("streams[0].arrivals: found no rate, expected perSecond or rateMbps here");
        assertThat(refusal("{\"durationSeconds\": 1, \"rateMbps\": 3, \"streams\": ["
                        + Workloads.stream("s", "\"process\": \"poisson\", \"perSecond\": 2") + "]}"))
                .contains("streams[0].arrivals.perSecond: found a rate beside that of the whole workload");
        assertThat(refusal("{\"durationSeconds\": 1, \"rateMbps\": 3, \"streams\": ["
                        + "{\"application\": \"a\", \"instances\": 2}]}"))
                .contains("rateMbps: found a rate, but no stream has a process that could keep it");
    }

    @Test
    void namesDeadlinesAndWeightsMustFit() {
        assertThat(refusal("""
                        {"durationSeconds": 1, "streams": [
                          {"application": "a", "instances": 1, "tenant": "t", "weight": 1},
                          {"application": "a", "instances": 1, "tenant": "t", "weight": 2},
                          {"application": "b", "instances": 1, "softDeadlineMillis": 3, "hardDeadlineMillis": 2}]}
                        """))
                .contains("streams[1]: found the name 'a' a second time, the first is in line 2")
                .contains("streams[1].weight: found weight 2.0 of tenant 't', which has 1.0 in another stream")
                .contains(
                        "streams[2].softDeadlineMillis: found 3.0 ms, expected no more than the hard deadline, 2.0 ms");
        assertThat(refusal("{\"durationSeconds\": 1, \"streams\": [{\"example\": \"gone\", \"instances\": 1}]}"))
                .contains("stream gone: found no file /absent/gone/app.json");
    }

    @Test
    void tracesAreReadInEveryUnitAndForm() throws Exception {
        Path csv = folder.resolve("a.csv");
        Files.writeString(csv, "arrivalSeconds,other\n0.25,x\n0,y\n");
        assertThat(RecordedArrivals.read(csv, Optional.empty()).nanos()).containsExactly(0L, 250_000_000L);
        Path ndjson = folder.resolve("a.ndjson");
        Files.writeString(ndjson, "{\"arrivalMicros\": 3, \"stream\": \"s\"}\n\n{\"arrivalNanos\": \"7\"}\n");
        assertThat(RecordedArrivals.read(ndjson, Optional.empty()).nanos()).containsExactly(7L, 3000L);
        assertThat(RecordedArrivals.read(ndjson, Optional.of("s")).nanos()).containsExactly(3000L);
    }

    @Test
    void wrongTracesAreToldByLine() throws Exception {
        assertThat(trace("a.csv", "time\n1\n")).contains(":1: found time, expected one of arrivalSeconds");
        assertThat(trace("a.csv", "arrivalMillis\n1\nsoon\n"))
                .contains(":3: arrivalMillis: found 'soon', expected a number");
        assertThat(trace("a.csv", "arrivalMillis\n-1\n")).contains(":2: arrivalMillis: found -1, expected a time");
        assertThat(trace("a.csv", "arrivalMillis,b\n1\n")).contains(":2: found 1 cells, expected 2");
        assertThat(trace("a.csv", "arrivalMillis\n")).contains("found no arrival, expected one at least");
        assertThat(trace("a.ndjson", "{\"arrivalMillis\": 1}\nnonsense\n")).contains(":2: found no JSON");
    }

    private String trace(String name, String text) throws Exception {
        Path file = folder.resolve(name);
        Files.writeString(file, text);
        return String.valueOf(assertThatExceptionOfType(WorkloadException.class)
                .isThrownBy(() -> RecordedArrivals.read(file, Optional.empty()))
                .actual()
                .getMessage());
    }

    /** Whatever is in the file, it is read or refused with a message. */
    @Property(tries = 2000)
    void damagedTextIsRefusedInWords(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder(Workloads.EVERYTHING);
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = random.nextInt(text.length());
            int end = Math.min(text.length(), at + random.nextInt(12));
            text.replace(at, end, "{}[]\",:0eE-\\\u0000x".substring(random.nextInt(8), 8 + random.nextInt(7)));
        }
        try {
            WorkloadReader.checkStructure(text.toString());
        } catch (WorkloadException e) {
            assertThat(e).hasMessageMatching("(?s)text:\\d+:\\d+: .*");
        }
    }
}
