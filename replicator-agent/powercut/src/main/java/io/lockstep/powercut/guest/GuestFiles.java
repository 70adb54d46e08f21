package io.lockstep.powercut.guest;

import io.lockstep.demo.topology.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * What a guest finds on its data disk when it boots for the first time: who it is, the pair's
 * configuration, and the application's commands. Pure text but for {@link #image}.
 */
final class GuestFiles {
  /** The module's directory on the data disk. */
  static final String TREE = "srv/desk";

  /** Addresses of the link, of the second heartbeat network, and of the virtual address. */
  private static final String LINK = "10.0.0.%d";

  private static final String HEARTBEAT = "10.0.1.%d";
  private static final String VIRTUAL = "10.0.0.50/24";

  /** The guest's address in the network that only this process reaches, and this process there. */
  private static final String INSIDE = "10.0.2.15";

  private static final String OUTSIDE = "10.0.2.2";

  private static final int DISK_MEBIBYTES = 512;

  private GuestFiles() {}

  /**
   * Makes the data disk of guest {@code index}, 0 or 1. The first is the source of the first copy.
   *
   * @param key the cluster's key file
   * @param scratch an empty directory that may keep what lies on the disk
   * @throws IOException if a file cannot be written
   */
  static void image(Path file, int index, Path key, int ledgerPort, Path scratch)
      throws IOException {
    for (String place : new String[] {"etc", TREE, "state", "logs"}) {
      Files.createDirectories(scratch.resolve(place));
    }
    Path etc = scratch.resolve("etc");
    Files.copy(key, etc.resolve("cluster.key"));
    private0600(etc.resolve("cluster.key"));
    Files.writeString(
        etc.resolve("guest"), "NODE=%s NUMBER=%d\n".formatted(Guest.NAMES.get(index), index + 1));
    Files.writeString(etc.resolve("lockstep.yaml"), configuration());
    command(etc.resolve("start"), start(ledgerPort));
    command(etc.resolve("stop"), "kill \"$(cat /run/recorder.pid)\"\nexit 0\n");
    command(etc.resolve("check"), "kill -0 \"$(cat /run/recorder.pid)\"\n");
    if (index == 0) {
      Files.writeString(etc.resolve("source"), "");
    }
    Shell.run(
        "mkfs.ext4", "-q", "-F", "-d", scratch.toString(), file.toString(), DISK_MEBIBYTES + "M");
  }

  private static void private0600(Path file) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private static void command(Path file, String body) throws IOException {
    Files.writeString(file, "#!/bin/bash\n" + body);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static String node(int index) {
    int number = index + 1;
    return "{link: '%s:7400', heartbeats: ['%s:7401', '%s:7401']}"
        .formatted(LINK.formatted(number), LINK.formatted(number), HEARTBEAT.formatted(number));
  }

  /** Lockstep's own defaults for what is noticed; patient with what an emulated processor does. */
  private static String configuration() {
    return """
        cluster: {name: guests, keyFile: /data/etc/cluster.key, arbiter: none}
        nodes:
          %s: %s
          %s: %s
        timing: {heartbeat: 1s, takeoverAfter: %ds, ackTimeout: 30s, syncTimeout: 60s, hungAfter: 60s}
        link: {silence: 20s}
        journal: {directory: /data/state, segmentSize: 16MiB, maxSize: 128MiB, reserve: 16MiB, maxLag: 32MiB}
        console: {listen: '%s:%d'}
        logs: {directory: /data/logs}
        modules:
          desk:
            directories: [{path: /data/%s}]
            addresses: [{ip: %s, interface: eth0}]
            application:
              start: {run: /data/etc/start, timeout: 5m}
              stop: {run: /data/etc/stop, timeout: 1m, thenKill: true}
              check: {run: /data/etc/check, every: 5s, timeout: 1m, failures: 3}
              restarts: {max: 1000, within: 1h, then: stop}
        """
        .formatted(
            Guest.NAMES.get(0),
            node(0),
            Guest.NAMES.get(1),
            node(1),
            GuestPair.TAKEOVER_AFTER_S,
            INSIDE,
            Guest.CONSOLE_PORT,
            TREE,
            VIRTUAL);
  }

  private static String start(int ledgerPort) {
    return """
        $JAVA -Xshare:auto -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData -Xmx48m -Drecorder.paceMs=50 \\
          -cp /opt/lockstep/recorder io.lockstep.powercut.record.PowerRecorder \\
          "$LOCKSTEP_DIRECTORY" "$LOCKSTEP_NODE-$(date +%%s%%3N)" %s %d >>/tmp/recorder.log 2>&1 </dev/null &
        echo $! >/run/recorder.pid
        """
        .formatted(OUTSIDE, ledgerPort);
  }
}
