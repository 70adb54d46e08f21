package io.lockstep.failover.guardian;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * What the guardian keeps in the agent's state directory: the script, the datagrams, and which
 * process it is. Files are replaced whole, so that an older guardian goes on with its own.
 */
final class GuardianFiles {
  private static final String SCRIPT = "guardian.sh";
  private static final String PID = "guardian.pid";
  private static final long LOOK_MS = 10;

  private final Path directory;

  GuardianFiles(Path directory) {
    this.directory = directory.toAbsolutePath();
  }

  /** Makes the directory, mode 700. */
  void prepare() throws IOException {
    Files.createDirectories(directory);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
  }

  /** The script, written anew, mode 700. */
  Path script() throws IOException {
    try (InputStream in = GuardianFiles.class.getResourceAsStream(SCRIPT)) {
      if (in == null) {
        throw new IOException(SCRIPT + " is missing in the jar: the build is incomplete");
      }
      return replace(SCRIPT, in.readAllBytes());
    }
  }

  /** A file of that content, mode 700. */
  Path replace(String name, byte[] content) throws IOException {
    Path fresh = directory.resolve(name + ".new");
    Files.write(fresh, content);
    Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rwx------"));
    return Files.move(
        fresh,
        directory.resolve(name),
        StandardCopyOption.REPLACE_EXISTING,
        StandardCopyOption.ATOMIC_MOVE);
  }

  /** Notes which process is the guardian. */
  void note(long pid) throws IOException {
    String started = startTime(pid).orElse("gone");
    replace(PID, (pid + " " + started + "\n").getBytes(StandardCharsets.US_ASCII));
  }

  /** Waits until the guardian noted last is gone; whether it is. */
  boolean awaitGone(Duration timeout) throws IOException, InterruptedException {
    Path file = directory.resolve(PID);
    if (!Files.exists(file)) {
      return true;
    }
    String[] noted = Files.readString(file, StandardCharsets.US_ASCII).trim().split(" ");
    if (noted.length != 2 || !noted[0].matches("[0-9]{1,10}")) {
      return true;
    }
    long end = System.nanoTime() + timeout.toNanos();
    while (startTime(Long.parseLong(noted[0])).filter(noted[1]::equals).isPresent()) {
      if (System.nanoTime() - end >= 0) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MS);
    }
    return true;
  }

  /** When the process started, in clock ticks since boot; empty if it is gone or a zombie. */
  private static Optional<String> startTime(long pid) {
    try {
      String stat =
          Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      return fields[0].equals("Z") || fields[0].equals("X")
          ? Optional.empty()
          : Optional.of(fields[19]);
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
