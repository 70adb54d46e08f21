package io.lockstep.bench.subject;

import io.lockstep.bench.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * libfuse's own example {@code passthrough_ll.c} as Debian ships it, built here: what a FUSE file
 * system in C costs that does nothing.
 */
public final class FusePassthrough implements Subject {
  private static final Path SOURCE =
      Path.of("/usr/share/doc/libfuse3-dev/examples/passthrough_ll.c");

  private final Path source;
  private final Path mount;

  /** Builds and mounts it below {@code home}. */
  public FusePassthrough(Path home) throws IOException, InterruptedException {
    source = BlockGroups.spread(home.resolve("source"));
    mount = Files.createDirectories(home.resolve("mount"));
    Path program = home.resolve("passthrough_ll");
    Path code = home.resolve("passthrough_ll.c");
    Path packed = SOURCE.resolveSibling(SOURCE.getFileName() + ".gz");
    Commands.script(
        "if [ -f '%1$s' ]; then cp '%1$s' '%2$s'; else zcat '%3$s' >'%2$s'; fi"
            .formatted(SOURCE, code, packed));
    Commands.script(
        "cp %1$s/passthrough_helpers.h '%2$s/' 2>/dev/null || zcat %1$s/passthrough_helpers.h.gz >'%2$s/passthrough_helpers.h'"
            .formatted(SOURCE.getParent(), home));
    Commands.script(
        "gcc -O2 -o '%s' '%s' $(pkg-config fuse3 --cflags --libs)".formatted(program, code));
    Commands.run(program.toString(), "-o", "allow_other,source=" + source, mount.toString());
  }

  @Override
  public String name() {
    return "fusePassthrough";
  }

  @Override
  public Path directory() {
    return mount;
  }

  @Override
  public List<Path> lower() {
    return List.of(source);
  }

  @Override
  public void prove() throws IOException {
    MountPoint.require(mount, "fuse.passthrough_ll");
    MountPoint.requireArrival(mount, lower());
  }

  @Override
  public void begin() {}

  @Override
  public void end() {}

  @Override
  public void close() throws IOException {
    Unmount.now(mount);
  }
}
