// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.shell;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.felix.service.command.CommandProcessor;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.saguaro.launcher.socket.SocketListener;

/**
 * Serves Gogo sessions on a Unix domain socket. Does nothing where the framework property {@code saguaro.shell.socket} is not
 * set.
 */
@Component(
        service = {},
        immediate = true)
public final class ShellServer {

    private final BundleContext context;
    private final @Nullable SocketListener listener;

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private volatile @Nullable ShellCompleter completer;

    @Activate
    public ShellServer(@Reference CommandProcessor gogo, BundleContext context) throws IOException {
        this.context = context;
        String path = context.getProperty("saguaro.shell.socket");
        listener = path == null
                ? null
                : SocketListener.open(
                        Path.of(path),
                        "saguaro-shell",
                        (channel, others) -> new ShellSession(gogo, channel, this::complete));
    }

    private List<String> complete(List<String> words, Path directory) {
        ShellCompleter arguments = completer;
        return words.size() == 1
                ? CommandNames.starting(words.get(0), context)
                : (arguments == null ? List.of() : arguments.complete(words, directory));
    }

    /** No new connections; commands that run may end before their connections are closed. */
    @Deactivate
    void stop() {
        if (listener != null) {
            listener.close();
        }
    }
}
