// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.socket;

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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Listens on a Unix domain socket that only its user can open, and gives each client a thread. Thread-safe. */
public final class SocketListener implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SocketListener.class);

    /** One connection. */
    public interface Client {

        /** Serves until the client leaves, and closes the channel. Called once, on a thread of its own. */
        void serve();

        /** Lets what is under way end, within bounds, and closes the channel. From any thread. */
        void close();
    }

    /** Makes what serves a connection. */
    @FunctionalInterface
    public interface ClientFactory {

        /**
         * A client has connected.
         *
         * @param channel owned by the client that is returned
         * @param others how many are connected besides
         */
        Client connected(SocketChannel channel, int others);
    }

    private final Path socket;
    private final String name;
    private final ClientFactory factory;
    private final ServerSocketChannel server;
    private final Set<Client> clients = ConcurrentHashMap.newKeySet();

    private SocketListener(Path socket, String name, ClientFactory factory, ServerSocketChannel server) {
        this.socket = socket;
        this.name = name;
        this.factory = factory;
        this.server = server;
    }

    /**
     * Starts to listen.
     *
     * @param socket the address, in a folder that only its user may enter; a file that is there is left over, because the
     *     daemon's lock lets one daemon run
     * @param name of the threads
     * @param factory called by one thread
     * @throws IOException if it cannot; the message names the address
     */
    public static SocketListener open(Path socket, String name, ClientFactory factory) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            Files.deleteIfExists(socket);
            server.bind(UnixDomainSocketAddress.of(socket));
            Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
        } catch (IOException e) {
            server.close();
            throw new IOException(name + " cannot listen at " + socket + ": " + e.getMessage(), e);
        }
        SocketListener listener = new SocketListener(socket, name, factory, server);
        daemon(name, listener::accept).start();
        return listener;
    }

    private void accept() {
        while (true) {
            try {
                Client client = factory.connected(server.accept(), clients.size());
                clients.add(client);
                daemon(name + "-client", () -> {
                            try {
                                client.serve();
                            } finally {
                                clients.remove(client);
                            }
                        })
                        .start();
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                LOG.error("{} takes no more connections", name, e);
                return;
            }
        }
    }

    /** A thread that does not keep the JVM alive. */
    public static Thread daemon(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }

    /** No new connections; closes those that are there, all at once, because each may take its time. */
    @Override
    public void close() {
        try {
            server.close();
            List<Thread> closing = clients.stream()
                    .map(client -> daemon(name + "-close", client::close))
                    .toList();
            closing.forEach(Thread::start);
            for (Thread thread : closing) {
                thread.join();
            }
            Files.deleteIfExists(socket);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            LOG.warn("{} did not close cleanly", name, e);
        }
    }
}
