// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.inference;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.saguaro.formats.text.Json;
import org.saguaro.launcher.command.CommandException;
import org.saguaro.launcher.command.ModelName;
import org.saguaro.launcher.command.PrecisionOption;
import org.saguaro.launcher.inference.Refusal.Category;
import org.saguaro.launcher.placement.PlacementJson;
import org.saguaro.launcher.placement.PlacementText;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Dim;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.ValueType;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.DeploymentException;
import org.saguaro.runtime.core.PlacementReport;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.SaguaroRuntime;

/** What clients can ask for, on the runtime. Thread-safe. */
final class Operations {

    private final SaguaroRuntime runtime;
    private final Uploads uploads;
    private final String version;

    /**
     * @param version of the daemon, for people
     */
    Operations(SaguaroRuntime runtime, Uploads uploads, String version) {
        this.runtime = runtime;
        this.uploads = uploads;
        this.version = version;
    }

    Map<String, Object> hello() {
        return Json.object(
                "server",
                "saguaro",
                "version",
                version,
                "protocol",
                MessageChannel.VERSION,
                "maxHeaderBytes",
                MessageChannel.MAX_HEADER_BYTES,
                "maxPayloadBytes",
                MessageChannel.MAX_PAYLOAD_BYTES,
                "maxUploadBytes",
                MessageChannel.MAX_UPLOAD_BYTES,
                "maxSharedBytes",
                Integer.MAX_VALUE);
    }

    /** Deploys the file that the header names. */
    Map<String, Object> deploy(JsonNode header) throws Refusal {
        Path file = Path.of(text(header, "path"));
        if (!file.isAbsolute()) {
            throw new Refusal(
                    Category.DEPLOYMENT,
                    "found the relative path " + file + ", expected an absolute one: the daemon has a working directory"
                            + " of its own");
        }
        return deploy(header, file, ModelName.of(file));
    }

    /**
     * Deploys the model that is a message's payload.
     *
     * @throws IOException if the connection breaks, or there is no place for the file
     */
    Map<String, Object> deployPayload(Message message, MessageChannel channel) throws Refusal, IOException {
        try (Uploads.Upload upload = uploads.begin()) {
            Path file = upload.file(message.header().path("fileName").asText("model.pt2"));
            try (FileChannel target = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                channel.payload(message, target);
            }
            // Not the name of the folder, which is ours.
            return deploy(
                    message.header(), file, String.valueOf(file.getFileName()).replaceFirst("\\.pt2?$", ""));
        }
    }

    private Map<String, Object> deploy(JsonNode header, Path file, String defaultName) throws Refusal {
        String name = header.path("name").asText(defaultName);
        boolean layers = header.path("layers").asBoolean();
        try {
            DeployOptions options = PrecisionOption.in(
                    new DeployOptions(
                            name, layers ? DeployOptions.Granularity.LAYER : DeployOptions.Granularity.SEGMENT),
                    header.path("precision").asText(""));
            return describe(runtime.deploy(runtime.read(file), options));
        } catch (CommandException e) {
            throw new Refusal(Category.INVALID_INPUT, String.valueOf(e.getMessage()));
        } catch (IOException | ModelFormatException | DeploymentException e) {
            throw Refusal.of(e);
        }
    }

    Map<String, Object> undeploy(JsonNode header) throws Refusal {
        deployment(header).close();
        return Map.of();
    }

    Map<String, Object> list() {
        return Json.object(
                "deployments",
                runtime.deployments().stream().map(Operations::describe).toList());
    }

    Map<String, Object> placement(JsonNode header) throws Refusal {
        Deployment deployment = deployment(header);
        PlacementReport report;
        try {
            report = header.path("errors").asBoolean() ? deployment.measureErrors() : deployment.placement();
        } catch (RequestException e) {
            throw Refusal.of(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Refusal(Category.CANCELLED, "the daemon stops");
        }
        return Json.object("placement", PlacementJson.json(report), "text", PlacementText.text(report, true));
    }

    /** How the header wants a request to be treated. */
    static RequestOptions options(JsonNode header) throws Refusal {
        RequestOptions defaults = RequestOptions.DEFAULT;
        JsonNode tenant = header.path("tenant");
        if (!tenant.isMissingNode() && (!tenant.isTextual() || tenant.asText().isBlank())) {
            throw invalid("tenant", tenant, "a text that is not blank");
        }
        JsonNode priority = header.path("priority");
        if (!priority.isMissingNode() && !(priority.isIntegralNumber() && priority.canConvertToInt())) {
            throw invalid("priority", priority, "a whole number");
        }
        JsonNode value = header.path("value");
        if (!value.isMissingNode()
                && !(value.isNumber() && value.asDouble() > 0 && Double.isFinite(value.asDouble()))) {
            throw invalid("value", value, "a positive number");
        }
        Optional<Duration> soft = millis(header, "softDeadlineMillis");
        Optional<Duration> hard = millis(header, "hardDeadlineMillis");
        if (soft.isPresent() && hard.isPresent() && soft.get().compareTo(hard.get()) > 0) {
            throw invalid(
                    "softDeadlineMillis",
                    header.path("softDeadlineMillis"),
                    "at most hardDeadlineMillis, " + hard.get().toMillis());
        }
        return new RequestOptions(
                millis(header, "timeoutMillis").orElse(defaults.timeout()),
                tenant.asText(defaults.tenant()),
                priority.asInt(defaults.priority()),
                soft,
                hard,
                value.asDouble(defaults.value()));
    }

    private static Optional<Duration> millis(JsonNode header, String member) throws Refusal {
        JsonNode millis = header.path(member);
        if (millis.isMissingNode()) {
            return Optional.empty();
        }
        if (!millis.isIntegralNumber() || !millis.canConvertToLong() || millis.asLong() < 1) {
            throw invalid(member, millis, "a whole number of at least 1");
        }
        return Optional.of(Duration.ofMillis(millis.asLong()));
    }

    private static Refusal invalid(String member, JsonNode found, String expected) {
        return new Refusal(Category.INVALID_INPUT, "found " + member + " " + found + ", expected " + expected);
    }

    /** The deployment that the header names. */
    Deployment deployment(JsonNode header) throws Refusal {
        String name = text(header, "name");
        return runtime.deployment(name)
                .orElseThrow(() -> new Refusal(
                        Category.NOT_FOUND,
                        "nothing is deployed as '" + name + "'; there is: "
                                + String.join(
                                        ", ",
                                        runtime.deployments().stream()
                                                .map(Deployment::name)
                                                .toList())));
    }

    /** A member that must be a text. */
    static String text(JsonNode header, String member) throws Refusal {
        JsonNode value = header.path(member);
        if (!value.isTextual()) {
            throw new Refusal(
                    Category.INVALID_INPUT,
                    "found no text '" + member + "' in the header " + header + ", expected one");
        }
        return value.asText();
    }

    private static Map<String, Object> describe(Deployment deployment) {
        LayerGraph model = deployment.model();
        List<Object> outputs = new ArrayList<>();
        model.outputs().forEach(output -> describe(model, output, outputs));
        return Json.object(
                "name",
                deployment.name(),
                "inputs",
                model.inputs().stream()
                        .map(id ->
                                describe(model.value(id).name(), model.value(id).type()))
                        .toList(),
                "outputs",
                outputs,
                "layers",
                model.layers().size(),
                "summary",
                deployment.placement().summary());
    }

    /** Constants come as numbers of rank 0; None does not come. */
    private static void describe(LayerGraph model, Argument output, List<Object> outputs) {
        if (output instanceof Argument.Ref ref) {
            outputs.add(describe(
                    model.value(ref.value()).name(), model.value(ref.value()).type()));
        } else if (output instanceof Argument.ListOf list) {
            list.elements().forEach(element -> describe(model, element, outputs));
        } else if (output instanceof Argument.Int) {
            outputs.add(describe("", ScalarType.INT));
        } else if (output instanceof Argument.Real) {
            outputs.add(describe("", ScalarType.FLOAT));
        } else if (output instanceof Argument.Bool) {
            outputs.add(describe("", ScalarType.BOOL));
        }
    }

    private static Map<String, Object> describe(String name, ValueType type) {
        Map<String, Object> value =
                Json.object("name", name, "type", type.toString().toLowerCase(Locale.ROOT));
        if (type instanceof TensorSpec spec) {
            value.put("dtype", spec.dtype().torchName());
            value.put(
                    "shape",
                    spec.shape().dims().stream()
                            .map(dim -> dim instanceof Dim.Fixed fixed ? (Object) fixed.size() : dim.toString())
                            .toList());
        }
        return value;
    }
}
