// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.placement;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.saguaro.formats.text.Json;

final class PlacementJsonTest {

    @Test
    void hasTheMembersThatTheDocumentationPromises() throws Exception {
        JsonNode report = new ObjectMapper().readTree(Json.text(PlacementJson.json(Reports.mixed())));

        assertThat(report.fieldNames())
                .toIterable()
                .containsExactly("deployment", "summary", "tasks", "peTypes", "layers");
        assertThat(report.at("/peTypes/1"))
                .hasToString("{\"type\":\"zynq-conv\",\"accelerator\":true,\"peIds\":[\"zynq0\"],"
                        + "\"quarantined\":{\"zynq0\":\"DMA timed out\"},\"layers\":2,\"timeShare\":0.8}");
        assertThat(report.at("/layers/4"))
                .hasToString("{\"name\":\"batch_norm\",\"path\":\"<b>&\\\"norm\\\"\","
                        + "\"operator\":\"aten.batch_norm.default\",\"outputs\":[\"float32[1, 16, 32, 32]\"],\"task\":1,"
                        + "\"lowered\":\"\",\"supportedBy\":[\"cpu\"],\"ranOn\":\"cpu\",\"runs\":20,"
                        + "\"runsByPe\":{\"cpu0\":10,\"cpu1\":10},\"timeNanos\":500000,\"timeShare\":0.05,"
                        + "\"timeEstimated\":false,"
                        + "\"reason\":{\"cause\":\"UNSUPPORTED_OPERATOR\",\"words\":\"unsupported op\","
                        + "\"detail\":\"runs conv2d, found aten.batch_norm.default\"},"
                        + "\"causes\":{\"zynq-conv\":\"unsupported op: runs conv2d, found aten.batch_norm.default\"},"
                        + "\"candidates\":[{\"peType\":\"cpu\",\"supported\":true,\"runs\":20,\"timeNanos\":500000,"
                        + "\"taskNanos\":400000,\"measured\":true,\"precision\":\"float32\",\"error\":null,\"reason\":null},"
                        + "{\"peType\":\"zynq-conv\",\"supported\":false,\"runs\":0,\"timeNanos\":0,\"taskNanos\":null,"
                        + "\"measured\":false,\"precision\":\"float32\",\"error\":null,\"reason\":{\"cause\":\"UNSUPPORTED_OPERATOR\",\"words\":\"unsupported op\","
                        + "\"detail\":\"runs conv2d, found aten.batch_norm.default\"}}],\"bodies\":[]}");
    }

    @Test
    void aLayerThatIsNotExactSaysSo() throws Exception {
        JsonNode report = new ObjectMapper().readTree(Json.text(PlacementJson.json(Reports.inexact())));

        JsonNode candidate = report.at("/layers/0/candidates/0");
        assertThat(candidate.path("precision").asText()).isEqualTo("int8");
        assertThat(candidate.path("error").path("relativeRms").asDouble()).isEqualTo(0.01);
        assertThat(candidate.path("error").path("signalToNoiseDecibels").asDouble())
                .isEqualTo(40);
        assertThat(candidate.path("error").path("largestAbsolute").asDouble()).isEqualTo(0.5);
        assertThat(candidate.path("error").path("inputs").asText()).isEqualTo("random inputs");
    }

    @Test
    void nestedGraphsAreNested() throws Exception {
        JsonNode report = new ObjectMapper().readTree(Json.text(PlacementJson.json(Reports.mixed())));

        JsonNode body = report.at("/layers/3/bodies/0");
        assertThat(body.path("name").asText()).isEqualTo("body");
        assertThat(body.path("runs").asLong()).isEqualTo(60);
        assertThat(body.at("/layers/0/operator").asText()).isEqualTo("aten.linear.default");
        assertThat(report.at("/layers/3/task").isNull()).isTrue();
        assertThat(report.at("/layers/3/ranOn").isNull()).isTrue();
    }
}
