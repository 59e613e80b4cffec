// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.inference;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.saguaro.launcher.socket.SocketListener;
import org.saguaro.runtime.core.SaguaroRuntime;

/**
 * Serves programs on a Unix domain socket. Does nothing where the framework property {@code saguaro.inference.socket} is not
 * set. Clients' connections end when the runtime goes.
 */
@Component(
        service = {},
        immediate = true)
public final class InferenceServer {

    private static final int MAX_CLIENTS = 256;

    private final @Nullable SocketListener listener;

    @Activate
    public InferenceServer(@Reference SaguaroRuntime runtime, BundleContext context) throws IOException {
        String path = context.getProperty("saguaro.inference.socket");
        if (path == null) {
            listener = null;
            return;
        }
        Operations operations = new Operations(
                runtime,
                Uploads.in(Path.of(context.getProperty("saguaro.state"), "uploads")),
                context.getBundle().getVersion().toString());
        listener = SocketListener.open(
                Path.of(path),
                "saguaro-inference",
                (channel, others) -> new Connection(channel, operations, others >= MAX_CLIENTS));
    }

    /** No new connections; answers to requests under way may be written before their connections are closed. */
    @Deactivate
    void stop() {
        if (listener != null) {
            listener.close();
        }
    }
}
