package io.lockstep.demo.bench;

import static io.lockstep.demo.topology.Shell.quote;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A {@code lockstep} command whose agents run what this test runs with, so that a test needs no
 * packaged build; classes of the test's own may stand in front of it and replace some of the
 * product's. The product knows nothing of that: it is the class path alone.
 */
public final class TestLauncher {
  private TestLauncher() {}

  /**
   * Writes the command.
   *
   * @param home an empty directory for it and its jars
   * @param replacements directories of classes that come first on the class path
   * @param environment lines of shell that export what the agents should find in theirs
   * @return the command's file
   * @throws IOException if it cannot be written
   */
  public static Path write(Path home, List<Path> replacements, String environment)
      throws IOException {
    Path lib = Files.createDirectories(home.resolve("lib"));
    // The product's script knows a directory of jars by a jar of this name.
    jarOfJars(classPath(), lib.resolve("replicator-core-class-path.jar"));
    int number = 0;
    for (Path classes : replacements) {
      // The script puts these before everything in lib.
      jar(classes, home.resolve("replicator-agent-before-%d.jar".formatted(number++)));
    }
    Path command = home.resolve("lockstep");
    Files.writeString(
        command,
        "#!/bin/sh\n%s\nexport LOCKSTEP_LIB=%s\nexec %s \"$@\"\n"
            .formatted(environment, quote(lib.toString()), quote(script().toString())));
    Files.setPosixFilePermissions(command, PosixFilePermissions.fromString("rwxr-xr-x"));
    return command;
  }

  /** This repository's directory. */
  public static Path repository() {
    Path module = Path.of(System.getProperty("basedir", "")).toAbsolutePath();
    return module.getParent().getParent();
  }

  private static Path script() {
    return repository().resolve("replicator-agent/src/main/scripts/lockstep");
  }

  private static String classPath() {
    return Stream.of(System.getProperty("java.class.path").split(":"))
        .map(entry -> Path.of(entry).toAbsolutePath())
        .filter(entry -> Files.exists(entry) && !entry.endsWith("test-classes"))
        .map(entry -> entry.toUri().toString())
        .collect(Collectors.joining(" "));
  }

  private static void jarOfJars(String classPath, Path file) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, classPath);
    new JarOutputStream(Files.newOutputStream(file), manifest).close();
  }

  private static void jar(Path directory, Path file) throws IOException {
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(file));
        Stream<Path> files = Files.walk(directory)) {
      for (Path each : files.filter(Files::isRegularFile).toList()) {
        out.putNextEntry(new JarEntry(directory.relativize(each).toString()));
        Files.copy(each, out);
        out.closeEntry();
      }
    }
  }
}
