package io.lockstep.demo.topology;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command line of another program of this module, tuned to start fast. */
public final class JavaProgram {
  private JavaProgram() {}

  /** The words that run {@code mainClass} with this process's Java and class path. */
  public static List<String> command(String heap, String mainClass, String... arguments) {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(
        List.of(
            "-Xshare:auto",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:-UsePerfData",
            "-Xmx" + heap,
            "-Dlogback.configurationFile=demo-logback.xml",
            "-cp",
            absolute(System.getProperty("java.class.path")),
            mainClass));
    words.addAll(List.of(arguments));
    return words;
  }

  /** A class path that holds from any working directory. */
  static String absolute(String classPath) {
    List<String> parts = new ArrayList<>();
    for (String part : classPath.split(":")) {
      parts.add(Path.of(part).toAbsolutePath().toString());
    }
    return String.join(":", parts);
  }
}
