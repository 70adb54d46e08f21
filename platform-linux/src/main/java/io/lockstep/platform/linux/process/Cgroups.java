package io.lockstep.platform.linux.process;

import io.lockstep.platform.linux.mount.MountTable;
import io.lockstep.replicator.port.ProcessGroups;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * Process groups as control groups of version 2, under {@code lockstep/} of the hierarchy: a
 * process can not leave its group by forking, so none is missed when it is killed.
 */
public final class Cgroups implements ProcessGroups {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,199}");

  @Override
  public ProcessGroup group(String name) throws IOException {
    checkName(name);
    Path directory = hierarchy().resolve("lockstep").resolve(name);
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new IOException(
          "can not make the control group "
              + directory
              + ": Lockstep needs root and a writable cgroup2 hierarchy (in a container: mount"
              + " cgroup2 writable, or delegate it)",
          e);
    }
    return new Cgroup(directory);
  }

  static void checkName(String name) throws IOException {
    if (!NAME.matcher(name).matches()) {
      throw new IOException(
          "a process group can not be named \""
              + name
              + "\": use letters, digits, '-', '_' and '.', at most 200, beginning with a letter"
              + " or digit");
    }
  }

  private static Path hierarchy() throws IOException {
    return MountTable.read()
        .ofType("cgroup2")
        .map(mount -> Path.of(mount.at()))
        .orElseThrow(
            () ->
                new IOException(
                    "no control groups of version 2 are mounted, which keep an application's"
                        + " processes together: mount them with: mkdir -p /sys/fs/cgroup/unified &&"
                        + " mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified"));
  }
}
