package io.lockstep.platform.linux.oracle;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** A {@link LockActor} as its parent sees it. Commands are answered in their order. */
final class LockProcess implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 30;

  private final Process process = JavaProcess.speaking(LockActor.class);
  private final OutputStream in = process.getOutputStream();
  private final BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
  private final ExecutorService answers = Executors.newSingleThreadExecutor();

  LockProcess() throws IOException {
    // the process is started with the fields
  }

  /** Gives a command; its answer may come much later. */
  Future<String> begin(String command) throws IOException {
    in.write((command + "\n").getBytes(StandardCharsets.UTF_8));
    in.flush();
    return answers.submit(out::readLine);
  }

  /** Gives a command and waits for the answer. */
  String perform(String command) throws Exception {
    return begin(command).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  /** Whether it stands in a system call that waits for a lock; the kernel tells which. */
  boolean isWaiting(int call) {
    try (var threads = Files.list(Path.of("/proc/" + process.pid() + "/task"))) {
      return threads.anyMatch(thread -> isIn(thread, call));
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isIn(Path thread, int call) {
    try {
      return Files.readString(thread.resolve("syscall")).startsWith(call + " ");
    } catch (IOException e) {
      return false; // it ended
    }
  }

  /** With SIGKILL. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() {
    process.destroyForcibly();
    answers.shutdownNow();
  }
}
