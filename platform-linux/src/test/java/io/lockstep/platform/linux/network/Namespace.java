package io.lockstep.platform.linux.network;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.platform.linux.syscall.Scratch;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A network namespace of a test, and a thread that lives in it. */
record Namespace(String name, ExecutorService inside) {
  private static final int CLONE_NEWNET = 0x40000000;

  static Namespace create(String prefix) throws Exception {
    String name = prefix + "-" + UUID.randomUUID().toString().substring(0, 8);
    run("ip", "netns", "add", name);
    Namespace made = new Namespace(name, Executors.newSingleThreadExecutor());
    made.call(
        () -> {
          long path = Scratch.get().path(0, "/run/netns/" + name);
          int fd = Libc.openat(Libc.AT_FDCWD, path, Libc.O_CLOEXEC, 0);
          assertThat(Libc.errno(fd)).isZero();
          assertThat(Libc.errno(Libc.setns(fd, CLONE_NEWNET))).isZero();
          return Libc.close(fd);
        });
    return made;
  }

  /** Runs {@code work} in the namespace and waits for it. */
  <T> T call(Callable<T> work) throws Exception {
    try {
      return inside.submit(work).get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw e;
    }
  }

  /** Runs the ip command in it; returns what it prints. */
  String ip(String arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("ip", "-n", name));
    command.addAll(List.of(arguments.split(" ")));
    return run(command.toArray(String[]::new));
  }

  private static String run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(() -> String.join(" ", command) + ": " + output).isZero();
    return output;
  }

  /** Ends the thread and removes the namespace with its interfaces. */
  void remove() throws Exception {
    inside.shutdownNow();
    run("ip", "netns", "del", name);
  }
}
