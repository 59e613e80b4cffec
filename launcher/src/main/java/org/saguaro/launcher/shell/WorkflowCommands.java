// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.shell;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.saguaro.formats.text.Figures;
import org.saguaro.formats.text.Json;
import org.saguaro.formats.text.Table;
import org.saguaro.launcher.command.CommandException;
import org.saguaro.runtime.core.WorkflowEdit;
import org.saguaro.runtime.core.WorkflowException;
import org.saguaro.runtime.core.WorkflowSource;
import org.saguaro.runtime.core.WorkflowStatus;
import org.saguaro.runtime.core.Workflows;

/** The shell's commands on workflows. Runs on the session's threads. */
@Component(
        service = WorkflowCommands.class,
        property = {"osgi.command.scope=saguaro", "osgi.command.function=workflow", "osgi.command.function=workflows"})
public final class WorkflowCommands {

    private static final String USAGE = """
            usage: workflow check FILE                            validates a description, deploys nothing
                   workflow deploy FILE                           deploys it
                   workflow adjust FILE                           replaces the running one of its name
                   workflow show NAME                             its stages, and the description of this version
                   workflow replace NAME STAGE MODEL              the stage computes with another deployment or model file
                   workflow insert NAME STAGE-JSON [READER]       a stage comes onto an edge
                   workflow remove NAME STAGE                     its readers read what it read
                   workflow route NAME READER INPUT FROM          a stage, or 'outputs', reads from somewhere else
                   workflow undeploy NAME""";

    private final Workflows workflows;

    @Activate
    public WorkflowCommands(@Reference Workflows workflows) {
        this.workflows = workflows;
    }

    /** Lists workflows. */
    @Descriptor("lists the workflows, and files of the watched folder that were refused")
    public void workflows(
            @Descriptor("print JSON")
                    @Parameter(
                            names = {"-j", "--json"},
                            presentValue = "true",
                            absentValue = "false")
                    boolean json) {
        if (json) {
            System.out.println(Json.text(Json.object(
                    "workflows",
                    workflows.workflows().stream()
                            .map(WorkflowCommands::statusJson)
                            .toList(),
                    "refused",
                    workflows.refusedFiles())));
            return;
        }
        Table table = new Table()
                .column("name")
                .figures("version")
                .figures("stages")
                .figures("layers")
                .figures("retiring")
                .column("from");
        for (WorkflowStatus workflow : workflows.workflows()) {
            table.row(
                    workflow.name(),
                    workflow.version(),
                    workflow.stages().size(),
                    layers(workflow),
                    workflow.retiring(),
                    workflow.source().origin());
        }
        System.out.print(table.isEmpty() ? "no workflows\n" : table);
        workflows.refusedFiles().forEach((file, reason) -> System.out.println("refused: " + reason));
    }

    private static int layers(WorkflowStatus workflow) {
        return workflow.stages().stream().mapToInt(WorkflowStatus.Stage::layers).sum();
    }

    private static Object statusJson(WorkflowStatus workflow) {
        return Json.object(
                "name", workflow.name(),
                "version", workflow.version(),
                "origin", workflow.source().origin(),
                "retiring", workflow.retiring(),
                "stages",
                        workflow.stages().stream()
                                .map(stage -> Json.object(
                                        "id", stage.id(),
                                        "does", stage.does(),
                                        "inputs", stage.inputs(),
                                        "outputs", stage.outputs(),
                                        "layers", stage.layers()))
                                .toList());
    }

    /** Says how the command is used. */
    @Descriptor("deploys, shows and adjusts workflows")
    public void workflow() {
        System.out.println(USAGE);
    }

    /** Deploys, shows and adjusts workflows. */
    @Descriptor("deploys, shows and adjusts workflows; without arguments: says how")
    public void workflow(
            CommandSession session,
            @Descriptor("check, deploy, adjust, show, replace, insert, remove, route or undeploy, and what it takes")
                    String... words)
            throws Exception {
        List<String> arguments = Arrays.asList(words);
        String action = words.length == 0 ? "" : words[0];
        try {
            switch (action) {
                case "check" -> check(source(session, only(arguments, 1)));
                case "deploy" -> {
                    WorkflowSource source = source(session, only(arguments, 1));
                    report("deployed", () -> workflows.deploy(source));
                }
                case "adjust" -> {
                    WorkflowSource source = source(session, only(arguments, 1));
                    report("adjusted", () -> workflows.adjust(source));
                }
                case "show" -> show(only(arguments, 1));
                case "undeploy" -> {
                    workflows.undeploy(only(arguments, 1));
                    System.out.println("undeployed " + words[1]);
                }
                case "replace", "insert", "remove", "route" -> {
                    WorkflowEdit edit = edit(arguments);
                    report("adjusted", () -> workflows.edit(words[1], List.of(edit)));
                }
                default -> throw new CommandException(USAGE);
            }
        } catch (WorkflowException e) {
            throw new CommandException(String.valueOf(e.getMessage()));
        }
    }

    private static WorkflowEdit edit(List<String> words) throws CommandException {
        return switch (words.get(0)) {
            case "replace" -> {
                requireCount(words, 4, 4);
                yield new WorkflowEdit.ReplaceModel(words.get(2), words.get(3));
            }
            case "insert" -> {
                requireCount(words, 3, 4);
                yield new WorkflowEdit.Insert(words.get(2), words.size() > 3 ? words.get(3) : "");
            }
            case "remove" -> {
                requireCount(words, 3, 3);
                yield new WorkflowEdit.Remove(words.get(2));
            }
            default -> {
                requireCount(words, 5, 5);
                yield new WorkflowEdit.Route(words.get(2), position(words.get(3)), words.get(4));
            }
        };
    }

    private static int position(String text) throws CommandException {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new CommandException("found '" + text + "', expected the position of an input, from 0");
        }
    }

    private static void requireCount(List<String> words, int least, int most) throws CommandException {
        if (words.size() < least || words.size() > most) {
            throw new CommandException(USAGE);
        }
    }

    private static String only(List<String> words, int position) throws CommandException {
        requireCount(words, 2, 2);
        return words.get(position);
    }

    private static WorkflowSource source(CommandSession session, String file) throws Exception {
        Path path = session.currentDir().resolve(file).normalize();
        return WorkflowSource.of(path);
    }

    private interface Change {
        WorkflowStatus make() throws WorkflowException;
    }

    private static void report(String what, Change change) throws WorkflowException {
        long begin = System.nanoTime();
        WorkflowStatus status = change.make();
        System.out.println(what + " " + status.name() + " version " + status.version() + " in "
                + Figures.duration(System.nanoTime() - begin) + ": "
                + status.stages().size() + " stages, " + layers(status) + " layers");
    }

    private void check(WorkflowSource source) throws WorkflowException {
        WorkflowStatus status = workflows.check(source);
        System.out.println(status.name() + " is right");
        System.out.print(stages(status));
    }

    private void show(String name) throws CommandException {
        WorkflowStatus status = workflows
                .workflow(name)
                .orElseThrow(() -> new CommandException("found no workflow '" + name + "', expected one of "
                        + workflows.workflows().stream()
                                .map(WorkflowStatus::name)
                                .toList()));
        System.out.println(status.name() + " version " + status.version() + " from "
                + status.source().origin()
                + (status.retiring() == 0 ? "" : ", " + status.retiring() + " earlier versions finish their requests"));
        System.out.print(stages(status));
        System.out.println();
        System.out.print(status.source().text());
        if (!status.source().text().endsWith("\n")) {
            System.out.println();
        }
    }

    private static Table stages(WorkflowStatus status) {
        Table table = new Table()
                .column("stage")
                .column("does")
                .column("reads")
                .column("makes")
                .figures("layers");
        for (WorkflowStatus.Stage stage : status.stages()) {
            List<String> makes = new ArrayList<>(stage.outputs());
            table.row(
                    stage.id(),
                    stage.does(),
                    String.join(", ", stage.inputs()),
                    String.join(", ", makes),
                    stage.layers());
        }
        return table;
    }
}
