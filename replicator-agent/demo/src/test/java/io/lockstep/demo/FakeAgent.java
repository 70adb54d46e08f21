package io.lockstep.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.sun.net.httpserver.HttpServer;
import io.lockstep.demo.topology.JavaProgram;
import io.lockstep.demo.topology.Shell;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * Stands in for the agent where a test is about the demo itself: listens where the configuration
 * says, mounts something over its directory, and says PROTECTED.
 */
public final class FakeAgent {
  private FakeAgent() {}

  /** Writes a launcher of the fake, to be used in the place of the {@code lockstep} command. */
  static Path launcher(Path directory) throws IOException {
    Path file = directory.resolve("lockstep");
    List<String> words = JavaProgram.command("64m", FakeAgent.class.getName());
    Files.writeString(
        file,
        "#!/bin/sh\nexec "
            + String.join(" ", words.stream().map(Shell::quote).toList())
            + " \"$@\"\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    return file;
  }

  /** {@code --config FILE --node NODE init|run}. */
  public static void main(String[] arguments) throws IOException {
    if (arguments[0].equals("key")) {
      Files.createFile(Path.of(arguments[2]));
      return;
    }
    JsonNode configuration = new YAMLMapper().readTree(Path.of(arguments[1]).toFile());
    String node = arguments[3];
    if (arguments[4].equals("init")) {
      return;
    }
    String directory = configuration.at("/modules/desk/directories/0/path").path(node).asText();
    Shell.run("mount", "-t", "tmpfs", "fake", directory);
    String[] listen = configuration.at("/console/listen").path(node).asText().split(":");
    HttpServer server =
        HttpServer.create(
            new InetSocketAddress(InetAddress.getByName(listen[0]), Integer.parseInt(listen[1])),
            10);
    String role = node.equals("desk-a") ? "PRIMARY" : "SECONDARY";
    byte[] answer =
        """
        {"modules":[{"module":"desk","verdict":{"word":"PROTECTED","text":"PROTECTED"},
        "nodes":[{"node":"%s","role":"%s"}]}]}"""
            .formatted(node, role)
            .getBytes(StandardCharsets.UTF_8);
    server.createContext(
        "/api/v1/status",
        exchange -> {
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
  }
}
