// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.boot;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.util.List;
import java.util.Set;
import org.jline.reader.Candidate;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.Parser;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** Lines from a terminal, with history and completion, or from a pipe, to the daemon's shell. */
final class InteractiveShell {

    private static final Set<String> LEAVE = Set.of("exit", "quit");

    private final ShellConnection connection;
    private final PrintStream out;
    private final PrintStream err;

    InteractiveShell(ShellConnection connection, PrintStream out, PrintStream err) {
        this.connection = connection;
        this.out = out;
        this.err = err;
    }

    /** Runs lines of the standard input until it ends; stops at the first that fails, with its exit code. */
    int runPiped() throws IOException, LaunchException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset()));
        for (String line = lines.readLine(); line != null && !LEAVE.contains(line.strip()); line = lines.readLine()) {
            if (!line.isBlank()) {
                int code = connection.execute(line, out, err);
                if (code != ExitCode.OK) {
                    return code;
                }
            }
        }
        return ExitCode.OK;
    }

    /** Runs lines typed at the terminal until the user leaves. */
    int runAtTerminal(Home home) throws IOException, LaunchException {
        try (Terminal terminal =
                TerminalBuilder.builder().name("saguaro").system(true).build()) {
            LineReader reader = LineReaderBuilder.builder()
                    .terminal(terminal)
                    .parser(parser())
                    .completer((ignored, line, candidates) -> complete(line, candidates))
                    .variable(LineReader.HISTORY_FILE, home.state().resolve("shell.history"))
                    .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                    .build();
            out.println("Saguaro's shell: 'help' lists the commands, Tab completes, Ctrl-D leaves.");
            while (true) {
                String line;
                try {
                    line = reader.readLine("saguaro> ").strip();
                } catch (UserInterruptException e) {
                    continue;
                } catch (EndOfFileException e) {
                    return ExitCode.OK;
                }
                if (LEAVE.contains(line)) {
                    return ExitCode.OK;
                }
                if (!line.isEmpty()) {
                    execute(terminal, line);
                }
            }
        }
    }

    /** Ctrl-C interrupts the command, not the shell. */
    private void execute(Terminal terminal, String line) throws IOException, LaunchException {
        Terminal.SignalHandler before = terminal.handle(Terminal.Signal.INT, signal -> {
            try {
                connection.cancel();
            } catch (IOException e) {
                err.println("saguaro: cannot interrupt: " + e.getMessage());
            }
        });
        try {
            connection.execute(line, out, err);
        } finally {
            terminal.handle(Terminal.Signal.INT, before);
        }
    }

    /** Words end at blanks; quotes and backslashes are Gogo's business. */
    private static Parser parser() {
        return new DefaultParser().eofOnUnclosedQuote(false).escapeChars(new char[0]);
    }

    private void complete(ParsedLine line, List<Candidate> candidates) {
        try {
            for (String word : connection.complete(line.line().substring(0, line.cursor()))) {
                boolean whole = !word.endsWith("/");
                candidates.add(new Candidate(word, word, null, null, null, null, whole));
            }
        } catch (IOException | LaunchException e) {
            err.println("\nsaguaro: no completion: " + e.getMessage());
        }
    }
}
