package io.lockstep.agent.console;

import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;

/**
 * Serves the console's few files from the class path; nothing outside of this list is reachable.
 */
public final class ConsolePages {
  private static final Map<String, String> TYPES =
      Map.of(
          "index.html", "text/html; charset=utf-8",
          "console.css", "text/css; charset=utf-8",
          "console.js", "text/javascript; charset=utf-8",
          "split.js", "text/javascript; charset=utf-8",
          "favicon.svg", "image/svg+xml");

  /** Adds the pages; {@code /} is the console. */
  public void mount(Router router) {
    TYPES.forEach(
        (name, type) -> {
          Buffer content = Buffer.buffer(read(name));
          router
              .get(name.equals("index.html") ? "/" : "/" + name)
              .handler(c -> c.response().putHeader("Content-Type", type).end(content));
        });
  }

  private static byte[] read(String name) {
    try (InputStream in = ConsolePages.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the installation lacks the console's " + name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
