// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.shell;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves Gogo sessions on a Unix domain socket, a thread per connection. The socket lies in a folder that only its user may
 * enter, and is for its user alone. Does nothing where the framework property {@code saguaro.shell.socket} is not set.
 */
@Component(
        service = {},
        immediate = true)
public final class ShellServer {

    private static final Logger LOG = LoggerFactory.getLogger(ShellServer.class);

    private final CommandProcessor gogo;
    private final BundleContext context;
    private final Set<ShellSession> sessions = ConcurrentHashMap.newKeySet();
    private final @Nullable Path socket;
    private final @Nullable ServerSocketChannel server;

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private volatile @Nullable ShellCompleter completer;

    @Activate
    public ShellServer(@Reference CommandProcessor gogo, BundleContext context) throws IOException {
        this.gogo = gogo;
        this.context = context;
        String path = context.getProperty("saguaro.shell.socket");
        socket = path == null ? null : Path.of(path);
        server = socket == null ? null : listen(socket);
        if (server != null) {
            ServerSocketChannel listening = server;
            thread("saguaro-shell", () -> accept(listening)).start();
        }
    }

    private static ServerSocketChannel listen(Path socket) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            // One that is there is left over: the daemon's lock lets one daemon run.
            Files.deleteIfExists(socket);
            server.bind(UnixDomainSocketAddress.of(socket));
            Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
            return server;
        } catch (IOException e) {
            server.close();
            throw new IOException("the shell cannot listen at " + socket + ": " + e.getMessage(), e);
        }
    }

    private void accept(ServerSocketChannel listening) {
        while (true) {
            try {
                SocketChannel channel = listening.accept();
                ShellSession session = new ShellSession(gogo, channel, this::complete);
                sessions.add(session);
                thread("saguaro-shell-session", () -> {
                            try {
                                session.serve();
                            } finally {
                                sessions.remove(session);
                            }
                        })
                        .start();
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                LOG.error("the shell takes no more connections", e);
                return;
            }
        }
    }

    private List<String> complete(List<String> words, Path directory) {
        ShellCompleter arguments = completer;
        return words.size() == 1
                ? CommandNames.starting(words.get(0), context)
                : (arguments == null ? List.of() : arguments.complete(words, directory));
    }

    private static Thread thread(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }

    /** No new connections; commands that run may end before their connections are closed. */
    @Deactivate
    void stop() {
        try {
            if (server != null) {
                server.close();
            }
            sessions.forEach(ShellSession::close);
            if (socket != null) {
                Files.deleteIfExists(socket);
            }
        } catch (IOException e) {
            LOG.warn("the shell did not close cleanly", e);
        }
    }
}
