// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.boot;

import java.io.PrintStream;
import java.nio.charset.Charset;
import picocli.CommandLine;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Where {@code bin/saguaro} enters. */
public final class Main {

    private Main() {}

    /** Runs a command and ends the process with its exit code. */
    public static void main(String[] arguments) {
        PrintStream out = System.out;
        // The standard output belongs to the command. Whatever a library prints must not get between its lines.
        System.setOut(System.err);
        int code = CommandTree.parser(out, System.err).execute(arguments);
        out.flush();
        // Not only returning: libraries leave threads behind.
        System.exit(code);
    }

    /** Runs a parsed command: logging first, for everything after may log. */
    static int execute(ParseResult parsed) {
        CommandTree tree = (CommandTree) parsed.commandSpec().userObject();
        Logging.toConsole(System.err, tree.verbose());
        if (!parsed.hasSubcommand() && !parsed.isUsageHelpRequested() && !parsed.isVersionHelpRequested()) {
            CommandLine line = parsed.commandSpec().commandLine();
            line.usage(line.getErr());
            return ExitCode.USAGE;
        }
        return new CommandLine.RunLast().execute(parsed);
    }

    /** Tells the user why a command failed: in a line if we know, else with the stack trace. */
    static int report(Exception failure, CommandLine line, ParseResult parsed) {
        if (failure instanceof LaunchException || failure instanceof java.io.IOException) {
            line.getErr().println("saguaro " + line.getCommandName() + ": " + failure.getMessage());
        } else {
            failure.printStackTrace(line.getErr());
        }
        return ExitCode.FAILURE;
    }

    /** Tells the user what is wrong with the command line, and where to look. */
    static int misuse(ParameterException misuse, String[] arguments) {
        CommandLine line = misuse.getCommandLine();
        String name = line.getCommandSpec().qualifiedName();
        line.getErr().println(name + ": " + misuse.getMessage());
        UnmatchedArgumentException.printSuggestions(misuse, line.getErr());
        line.getErr().println("'" + name + " --help' explains the command line.");
        return ExitCode.USAGE;
    }

    /** Version of Saguaro and of what it runs on. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {
                "Saguaro " + (version == null ? "(not packaged)" : version),
                "Java " + System.getProperty("java.version") + " (" + System.getProperty("java.vendor") + "), "
                        + System.getProperty("os.name") + " " + System.getProperty("os.arch") + ", "
                        + Charset.defaultCharset()
            };
        }
    }
}
