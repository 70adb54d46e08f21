package io.lockstep.platform.linux.rehearsal;

import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.platform.linux.syscall.Scratch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The namespaces of a place, held open. Commands enter these and not those of a process number:
 * once the place is killed that number may be given to a process of the machine, and the
 * application would start on what is real. Any thread.
 */
final class Namespaces implements AutoCloseable {
  /** The option of nsenter, and the name in /proc. */
  private static final Map<String, String> KINDS = kinds();

  private static final Path OWN = Path.of("/proc/self/ns");

  private final Map<String, Integer> descriptors = new LinkedHashMap<>();
  private boolean closed;

  private Namespaces() {}

  private static Map<String, String> kinds() {
    Map<String, String> kinds = new LinkedHashMap<>();
    kinds.put("mount", "mnt");
    kinds.put("net", "net");
    kinds.put("pid", "pid");
    kinds.put("ipc", "ipc");
    kinds.put("uts", "uts");
    return kinds;
  }

  /**
   * Those of that process.
   *
   * @throws IOException when it is gone, or shares one with this process
   */
  static Namespaces of(long process) throws IOException {
    Namespaces opened = new Namespaces();
    boolean whole = false;
    try {
      for (Map.Entry<String, String> kind : KINDS.entrySet()) {
        opened.open(kind.getKey(), "/proc/" + process + "/ns/" + kind.getValue());
        opened.refuseOwn(kind.getKey(), kind.getValue());
      }
      whole = true;
      return opened;
    } finally {
      if (!whole) {
        opened.close();
      }
    }
  }

  private void open(String option, String path) throws IOException {
    int fd = Libc.openat(Libc.AT_FDCWD, Scratch.get().path(0, path), Libc.O_CLOEXEC, 0);
    int errno = Libc.errno(fd);
    if (errno != 0) {
      throw new IOException("cannot open " + path + ": " + Errno.text(errno));
    }
    descriptors.put(option, fd);
  }

  private void refuseOwn(String option, String name) throws IOException {
    Path held = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptors.get(option)));
    if (held.equals(Files.readSymbolicLink(OWN.resolve(name)))) {
      throw new IOException("the drill's place has no " + option + " namespace of its own");
    }
  }

  /** The command that enters them, without what it is to run there. */
  synchronized List<String> entering() {
    List<String> words = new ArrayList<>(List.of("nsenter"));
    for (Map.Entry<String, Integer> each : descriptors.entrySet()) {
      // what is closed leads nowhere
      int fd = closed ? -1 : each.getValue();
      words.add("--" + each.getKey() + "=/proc/" + ProcessHandle.current().pid() + "/fd/" + fd);
    }
    words.add("--");
    return words;
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      descriptors.values().forEach(Libc::close);
    }
  }
}
