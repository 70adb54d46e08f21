package io.lockstep.powercut.cluster;

import static io.lockstep.demo.topology.Shell.quote;

import io.lockstep.demo.topology.JavaProgram;
import io.lockstep.demo.topology.NodeNetwork;
import io.lockstep.demo.topology.Shell;
import io.lockstep.powercut.record.PowerRecorder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** The recorder as Lockstep sees it: a command each to start, stop and check it. */
final class Workload {
  private Workload() {}

  /**
   * Writes the commands into {@code home}, which lies on no node's disk.
   *
   * @throws IOException if they cannot be written
   */
  static void write(Path home, int run, int ledgerPort) throws IOException {
    Files.createDirectories(home);
    String java =
        String.join(
            " ",
            JavaProgram.command("48m", PowerRecorder.class.getName()).stream()
                .map(Shell::quote)
                .toList());
    script(
        home.resolve("start"),
        """
        case $LOCKSTEP_NODE in
          %s) host=%s ;;
          *) host=%s ;;
        esac
        %s "$LOCKSTEP_DIRECTORY" "$LOCKSTEP_NODE-$(date +%%s%%3N)" $host %d \\
          >>%s/recorder-$LOCKSTEP_NODE.log 2>&1 </dev/null &
        echo $! >%s/recorder-$LOCKSTEP_NODE.pid
        """
            .formatted(
                NodeNetwork.of(run, 0).name(),
                NodeNetwork.of(run, 0).hostIp(),
                NodeNetwork.of(run, 1).hostIp(),
                java,
                ledgerPort,
                quote(home.toString()),
                quote(home.toString())));
    script(
        home.resolve("stop"),
        "kill \"$(cat %s/recorder-$LOCKSTEP_NODE.pid)\" 2>/dev/null\nexit 0\n"
            .formatted(quote(home.toString())));
    script(
        home.resolve("check"),
        "kill -0 \"$(cat %s/recorder-$LOCKSTEP_NODE.pid)\"\n".formatted(quote(home.toString())));
  }

  private static void script(Path file, String body) throws IOException {
    Files.writeString(
        file, "#!/bin/bash\nexport PATH=" + quote(System.getenv("PATH")) + "\n" + body);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
