package io.lockstep.demo;

import com.google.errorprone.annotations.FormatMethod;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Prints for the person in front of the terminal. Safe for any thread. */
public final class Say {
  private final PrintStream progress;
  private final PrintStream result = stream(FileDescriptor.out);
  private final long since = System.nanoTime();

  /**
   * Begins to count the time.
   *
   * @param machineReadable whether standard output is kept for one line of JSON
   */
  public Say(boolean machineReadable) {
    progress = machineReadable ? stream(FileDescriptor.err) : result;
  }

  private static PrintStream stream(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
  }

  /** One line about what is going on, with the seconds since the start. */
  @FormatMethod
  public void progress(String format, Object... arguments) {
    progress.printf(
        "[%6.1f s] %s%n", (System.nanoTime() - since) / 1e9, format.formatted(arguments));
  }

  /** Lines without a time. */
  public void text(String text) {
    progress.println(text);
  }

  /** The result itself, on standard output. */
  public void result(String line) {
    result.println(line);
  }
}
