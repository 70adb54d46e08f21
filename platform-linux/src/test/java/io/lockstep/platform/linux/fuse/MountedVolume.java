package io.lockstep.platform.linux.fuse;

import io.lockstep.platform.linux.store.StoreOpener;
import io.lockstep.replicator.execution.SystemExecution;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.volume.ReplicatedVolume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A directory under interception, over a volume whose peer always answers at once. */
final class MountedVolume implements AutoCloseable {
  final Path at;
  final PromptSequencer sequencer = new PromptSequencer();
  final List<String> failures = new ArrayList<>();
  final ReplicatedVolume volume;
  final FuseMount mount;
  final FileStore store;

  MountedVolume(Path at) throws IOException {
    this(at, new FuseInterceptor());
  }

  MountedVolume(Path at, FuseInterceptor interceptor) throws IOException {
    this.at = at;
    store = StoreOpener.open(List.of(at));
    volume =
        new ReplicatedVolume(
            new SystemExecution(), store, sequencer, 42, path -> false, failures::add);
    mount = interceptor.mount(volume, 0, at);
  }

  /** Runs {@code script} in the mount; returns its output. Fails unless it exits with 0. */
  String sh(String script) throws IOException, InterruptedException {
    Path output = Files.createTempFile("sh", ".out");
    Process process =
        new ProcessBuilder("bash", "-euc", script)
            .directory(at.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("hangs: " + script);
    }
    String text = Files.readString(output);
    Files.delete(output);
    if (process.exitValue() != 0) {
      throw new AssertionError("exit " + process.exitValue() + " of: " + script + "\n" + text);
    }
    return text.strip();
  }

  @Override
  public void close() throws IOException {
    sequencer.goOn();
    mount.unmount(2000);
    store.close();
  }
}
