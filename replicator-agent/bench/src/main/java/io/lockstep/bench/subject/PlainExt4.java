package io.lockstep.bench.subject;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A directory of the machine's own ext4: what all others lie on. */
public final class PlainExt4 implements Subject {
  private final Path directory;

  /** Makes {@code home}. */
  public PlainExt4(Path home) throws IOException {
    directory = BlockGroups.spread(home);
  }

  @Override
  public String name() {
    return "ext4";
  }

  @Override
  public Path directory() {
    return directory;
  }

  @Override
  public List<Path> lower() {
    return List.of();
  }

  @Override
  public void prove() throws IOException {
    MountPoint.require(directory, "ext4");
  }

  @Override
  public void begin() {}

  @Override
  public void end() {}

  @Override
  public void close() {}
}
