package io.lockstep.demo.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Compiles one of the product's classes with a fault in it, outside the product's own build, to
 * show that the judge finds what the fault does. The fault is put into the source as it is now: if
 * the place is gone, the sabotage fails and not silently does nothing.
 */
public final class Sabotage {
  private Sabotage() {}

  /**
   * Compiles a class with {@code fault} in front of a method's first statement.
   *
   * @param source the class's source file, from the repository's directory
   * @param method the method's head as it stands there, up to and with its opening brace; there
   *     must be exactly one
   * @param output where the class files go
   * @throws IOException if the place is not there or the fault does not compile
   */
  public static void compile(String source, String method, String fault, Path output)
      throws IOException {
    String original = Files.readString(TestLauncher.repository().resolve(source));
    int at = original.indexOf(method);
    if (at < 0 || original.indexOf(method, at + 1) >= 0) {
      throw new IOException(
          "'%s' is not there exactly once in %s: sabotage another place".formatted(method, source));
    }
    int body = at + method.length();
    Path changed =
        Files.createDirectories(output.resolveSibling("source"))
            .resolve(Path.of(source).getFileName());
    Files.writeString(changed, original.substring(0, body) + fault + original.substring(body));
    compile(changed, Files.createDirectories(output));
  }

  private static void compile(Path source, Path output) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) {
      throw new IOException("the sabotage needs a JDK, and this Java has no compiler");
    }
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      boolean compiled =
          compiler
              .getTask(
                  null,
                  files,
                  null,
                  List.of(
                      "-proc:none",
                      "-cp",
                      System.getProperty("java.class.path"),
                      "-d",
                      output.toString()),
                  null,
                  files.getJavaFileObjects(source))
              .call();
      if (!compiled) {
        throw new IOException("the sabotaged " + source.getFileName() + " does not compile");
      }
    }
  }
}
