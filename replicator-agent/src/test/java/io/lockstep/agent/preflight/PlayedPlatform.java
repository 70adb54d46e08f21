package io.lockstep.agent.preflight;

import io.lockstep.replicator.port.Addresses;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.Interceptor;
import io.lockstep.replicator.port.Platform;
import io.lockstep.replicator.port.ProcessGroups;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;

/** A platform whose directories are covered, and refused, as the test says. */
final class PlayedPlatform implements Platform {
  Cover covered = Cover.NONE;
  String refuses;

  @Override
  public String name() {
    return "played";
  }

  @Override
  public boolean current() {
    return true;
  }

  @Override
  public FileStore openStore(List<Path> directories) throws IOException {
    if (refuses != null) {
      throw new IOException(refuses);
    }
    // the check opens a store and closes it; nothing else of it is asked for
    return (FileStore)
        Proxy.newProxyInstance(
            getClass().getClassLoader(), new Class<?>[] {FileStore.class}, (p, m, a) -> null);
  }

  @Override
  public Cover cover(Path directory) {
    return covered;
  }

  @Override
  public void uncover(Path directory) {
    throw new AssertionError("a check changes nothing");
  }

  @Override
  public void coverReadOnly(Path directory) {
    throw new AssertionError("a check changes nothing");
  }

  @Override
  public Interceptor interceptor() {
    throw new AssertionError("a check mounts nothing");
  }

  @Override
  public Addresses addresses() {
    throw new AssertionError("a check takes no address");
  }

  @Override
  public ProcessGroups processGroups() {
    throw new AssertionError("a check ends nothing");
  }

  @Override
  public String bootId() {
    return "boot";
  }

  @Override
  public long bootTimeNs() {
    return 0;
  }
}
