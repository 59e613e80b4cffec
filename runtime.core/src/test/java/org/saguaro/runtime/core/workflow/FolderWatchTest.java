// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.workflow;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.saguaro.accel.api.contract.GraphSketch;
import org.saguaro.accel.api.contract.ReferenceProcessingElement;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.WorkflowStatus;
import org.saguaro.runtime.core.deploy.Engine;
import org.saguaro.runtime.core.deploy.Settings;

/** What is deployed follows the folder. */
@Timeout(60)
class FolderWatchTest {

    @TempDir
    Path folder;

    private final Engine engine = new Engine(Settings.DEFAULT);
    private final WorkflowManager workflows = new WorkflowManager(engine);

    @AfterEach
    void stop() {
        workflows.close();
        engine.close();
    }

    private FolderWatch watch() {
        engine.addPe(new ReferenceProcessingElement("cpu0"));
        return new FolderWatch(folder, workflows);
    }

    private void deployModel(String name) throws Exception {
        GraphSketch net = new GraphSketch(name);
        LayerGraph graph = net.outputs(net.relu(net.input(4)));
        engine.deploy(graph, DeployOptions.named(name));
    }

    private static String chain(String name, String... models) {
        String[] stages = new String[models.length];
        for (int i = 0; i < models.length; i++) {
            stages[i] = "\"model\": \"" + models[i] + "\"";
        }
        return Descriptions.chain(name, "float32[4]", stages);
    }

    private void write(String file, String text) throws IOException {
        Files.writeString(folder.resolve(file), text);
    }

    /** A file is read when it was found the same twice. */
    private static void settle(FolderWatch watch) {
        watch.poll();
        watch.poll();
    }

    private List<String> running() {
        return workflows.workflows().stream()
                .map(status -> status.name() + " " + status.version() + " "
                        + status.stages().size())
                .toList();
    }

    @Test
    void deploysAdjustsAndUndeploys() throws Exception {
        FolderWatch watch = watch();
        deployModel("relu");
        write("a.json", chain("a", "relu"));
        write("notes.txt", "not a workflow");
        watch.poll();
        assertThat(running()).as("after one look the file may be half written").isEmpty();
        watch.poll();
        assertThat(running()).containsExactly("a 1 1");
        watch.poll();
        assertThat(running()).as("nothing changed").containsExactly("a 1 1");
        write("a.json", chain("a", "relu", "relu"));
        settle(watch);
        assertThat(running()).containsExactly("a 2 2");
        write("a.json", chain("b", "relu", "relu", "relu"));
        settle(watch);
        assertThat(running()).as("the file describes another workflow now").containsExactly("b 1 3");
        Files.delete(folder.resolve("a.json"));
        watch.poll();
        assertThat(running()).isEmpty();
        assertThat(engine.deployments()).extracting(Deployment::name).containsExactly("relu");
    }

    @Test
    void aFileThatGrowsIsLeftAlone() throws Exception {
        FolderWatch watch = watch();
        deployModel("relu");
        String text = chain("a", "relu");
        for (int end = 20; end < text.length(); end += 20) {
            write("a.json", text.substring(0, end));
            watch.poll();
        }
        write("a.json", text);
        settle(watch);
        assertThat(running()).containsExactly("a 1 1");
        assertThat(workflows.refusedFiles()).isEmpty();
    }

    @Test
    void aWrongFileIsReportedAndTheRunningVersionStays() throws Exception {
        FolderWatch watch = watch();
        deployModel("relu");
        write("a.json", chain("a", "relu"));
        settle(watch);
        write("a.json", chain("a", "relu", "rleu"));
        settle(watch);
        assertThat(running()).containsExactly("a 1 1");
        String file = folder.resolve("a.json").toString();
        assertThat(workflows.refusedFiles()).containsOnlyKeys(file);
        assertThat(workflows.refusedFiles().get(file))
                .startsWith(file + ":5:")
                .contains("found no deployment 'rleu', expected one of [relu, a]; did you mean 'relu'?");
        write("a.json", chain("a", "relu", "relu", "relu"));
        settle(watch);
        assertThat(running()).containsExactly("a 2 3");
        assertThat(workflows.refusedFiles()).isEmpty();
    }

    @Test
    void waitsForTheModelsItNames() throws Exception {
        FolderWatch watch = watch();
        write("a.json", chain("a", "late"));
        settle(watch);
        assertThat(running()).isEmpty();
        assertThat(workflows.refusedFiles()).hasSize(1);
        deployModel("late");
        watch.poll();
        assertThat(running()).containsExactly("a 1 1");
        assertThat(workflows.refusedFiles()).isEmpty();
    }

    @Test
    void twoFilesCannotDescribeOneWorkflow() throws Exception {
        FolderWatch watch = watch();
        deployModel("relu");
        write("first.json", chain("a", "relu"));
        settle(watch);
        write("second.json", chain("a", "relu", "relu"));
        settle(watch);
        assertThat(running()).containsExactly("a 1 1");
        assertThat(workflows.refusedFiles().values())
                .singleElement()
                .asString()
                .contains("found the workflow 'a', which " + folder.resolve("first.json") + " describes already");
    }

    @Test
    void aWorkflowUndeployedByHandComesBackWhenItsFileChanges() throws Exception {
        FolderWatch watch = watch();
        deployModel("relu");
        write("a.json", chain("a", "relu"));
        settle(watch);
        workflows.undeploy("a");
        watch.poll();
        assertThat(workflows.workflows()).extracting(WorkflowStatus::name).isEmpty();
        write("a.json", chain("a", "relu", "relu"));
        settle(watch);
        assertThat(running()).containsExactly("a 1 2");
    }
}
