package io.lockstep.platform.linux.fuse;

import io.lockstep.replicator.model.FileStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;

/**
 * What becomes of set-user-id and set-group-id when somebody without privileges changes a file, as
 * the kernel's {@code setattr_should_drop_suidgid} has it for other file systems: set-user-id goes
 * always; set-group-id goes where it means execution, and else unless the caller is in the file's
 * group or has CAP_FSETID.
 */
final class SetId {
  private static final String GROUPS = "Groups:";
  private static final String CAPABILITIES = "CapEff:";
  private static final long CAP_FSETID = 1L << 4;

  private SetId() {}

  /** The permissions without what goes when the kernel says that something may have to. */
  static int dropped(FileStatus now, FuseRequest request) {
    int kept = now.permissions() & ~FuseProtocol.S_SETUID;
    boolean groupExecutes = (kept & FuseProtocol.S_GROUP_EXECUTES) != 0;
    boolean setGroup = (kept & FuseProtocol.S_SETGID) != 0;
    return setGroup && (groupExecutes || !mayKeep(request, now.group()))
        ? kept & ~FuseProtocol.S_SETGID
        : kept;
  }

  /** The same where the kernel says nothing: then the caller's privileges are looked up. */
  static int droppedUnasked(FileStatus now, FuseRequest request) {
    boolean any = (now.permissions() & (FuseProtocol.S_SETUID | FuseProtocol.S_SETGID)) != 0;
    return !any || has(request, SetId::isPrivileged) ? now.permissions() : dropped(now, request);
  }

  /** A caller about whom nothing can be found out is in no group but its own. */
  private static boolean mayKeep(FuseRequest caller, int group) {
    return caller.group() == group
        || has(caller, line -> isPrivileged(line) || isMember(line, group));
  }

  private static boolean has(FuseRequest caller, Predicate<String> line) {
    Path status = Path.of("/proc", Integer.toString(caller.process()), "status");
    try {
      return Files.readAllLines(status).stream().anyMatch(line);
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isMember(String line, int group) {
    return line.startsWith(GROUPS)
        && List.of(line.substring(GROUPS.length()).trim().split("\\s+"))
            .contains(Integer.toUnsignedString(group));
  }

  private static boolean isPrivileged(String line) {
    return line.startsWith(CAPABILITIES)
        && (Long.parseUnsignedLong(line.substring(CAPABILITIES.length()).trim(), 16) & CAP_FSETID)
            != 0;
  }
}
