package org.crmlambda.flink;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Which sources the running jar was compiled from; {@code speed_layer/build_connectors.py} writes it into the jar. */
final class Connectors {
    static final String DIGEST = read();

    private Connectors() {}

    private static String read() {
        try (InputStream file = Connectors.class.getResourceAsStream("/crm-connectors.digest")) {
            return file == null ? "none" : new String(file.readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }
}
