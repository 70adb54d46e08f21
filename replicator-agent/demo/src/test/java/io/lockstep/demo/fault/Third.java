package io.lockstep.demo.fault;

import static io.lockstep.demo.topology.Shell.quote;

import io.lockstep.demo.bench.Bench;
import io.lockstep.demo.topology.NodeNetwork;
import io.lockstep.demo.topology.Shell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;

/** What is beside the pair and helps it to decide, and how that is lost and found again. */
enum Third {
  /** Nothing: whoever hears nothing serves. */
  NONE("none", "none", false) {
    @Override
    void lose(Bench bench) {}

    @Override
    void find(Bench bench) {}
  },
  /** A machine in the service network that only tells a node whether it is itself cut off. */
  PING("none + ping", "none\n  witnesses: [\"10.213.%RUN%.254:22\"]", false) {
    @Override
    void lose(Bench bench) {
      witness(bench, "nomaster");
    }

    @Override
    void find(Bench bench) {
      witness(bench, "master service");
    }

    private void witness(Bench bench, String what) {
      Shell.run("sh", "-c", "ip -n %s link set caller %s".formatted(bridges(bench), what));
    }
  },
  /** One etcd of the machine's package on a third machine; lost: it stands still. */
  ETCD("etcd", "{etcd: {endpoints: [\"http://10.213.%RUN%.254:2379\"], timeout: 500ms}}", true) {
    @Override
    void start(Bench bench) throws IOException {
      String client = "http://10.213.%d.254:2379".formatted(run(bench));
      String peer = "http://127.0.0.1:%d".formatted(22_380 + run(bench));
      String line =
          ("setsid etcd --name=one --data-dir=%s --listen-client-urls=%s --advertise-client-urls=%s"
                  + " --listen-peer-urls=%s --initial-advertise-peer-urls=%s"
                  + " --initial-cluster=one=%s >%s 2>&1 </dev/null & echo $! >%s")
              .formatted(
                  quote(bench.home().resolve("etcd").toString()),
                  client,
                  client,
                  peer,
                  peer,
                  peer,
                  quote(bench.home().resolve("etcd.log").toString()),
                  quote(pidFile(bench).toString()));
      Bench.shell(line);
      String connect = "exec 3<>/dev/tcp/10.213.%d.254/2379".formatted(run(bench));
      bench.cluster().await("etcd", Duration.ofSeconds(30), () -> Bench.shell(connect).succeeded());
    }

    @Override
    void lose(Bench bench) {
      signal(bench, "STOP");
    }

    @Override
    void find(Bench bench) {
      signal(bench, "CONT");
    }

    @Override
    void end(Bench bench) {
      signal(bench, "KILL");
    }

    private Path pidFile(Bench bench) {
      return bench.home().resolve("etcd.pid");
    }

    private void signal(Bench bench, String name) {
      Bench.shell("kill -" + name + " $(cat \"$0\")", pidFile(bench));
    }
  },
  /** A directory of a third machine that both nodes reach; lost: it is not mounted. */
  FILE("file", "{file: {directory: \"%HOME%/share\", timeout: 500ms}}", true) {
    @Override
    void start(Bench bench) throws IOException {
      Path share = Files.createDirectories(bench.home().resolve("share"));
      Files.writeString(share.resolve("lockstep-arbiter"), "");
    }

    @Override
    void lose(Bench bench) {
      Shell.run("mv", bench.home() + "/share", bench.home() + "/share-away");
    }

    @Override
    void find(Bench bench) {
      Shell.run("mv", bench.home() + "/share-away", bench.home() + "/share");
    }
  },
  /** A command that switches the peer's machine off; lost: it cannot. */
  COMMAND("command", "{command: {run: \"%HOME%/fence\", timeout: 15s, delay: 3s}}", true) {
    @Override
    void start(Bench bench) throws IOException {
      Path fence = bench.home().resolve("fence");
      Files.writeString(
          fence,
          "#!/bin/bash\n[ -e %s/fence-away ] && exit 1\nexec %s/\"$LOCKSTEP_PEER\"/kill\n"
              .formatted(quote(bench.home().toString()), quote(bench.cluster().home().toString())));
      Files.setPosixFilePermissions(fence, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @Override
    void lose(Bench bench) {
      write(bench.home().resolve("fence-away"));
    }

    @Override
    void find(Bench bench) {
      Shell.run("rm", bench.home() + "/fence-away");
    }

    private void write(Path file) {
      try {
        Files.writeString(file, "");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  };

  private final String title;
  private final String arbiter;
  private final boolean decides;

  Third(String title, String arbiter, boolean decides) {
    this.title = title;
    this.arbiter = arbiter;
    this.decides = decides;
  }

  /** As in the table. */
  String title() {
    return title;
  }

  /** Whether it lets one node at most serve, so that nothing may ever be lost or split. */
  boolean decides() {
    return decides;
  }

  /** The YAML that makes the pair ask it. */
  String configuration() {
    return "cluster:\n  arbiter: " + arbiter + "\n";
  }

  /** Makes it, before the agents start. */
  void start(Bench bench) throws IOException {}

  /** Takes it away from both nodes. */
  abstract void lose(Bench bench);

  /** Undoes {@link #lose}. */
  abstract void find(Bench bench);

  /** Removes what {@link #start} left running. */
  void end(Bench bench) {}

  private static int run(Bench bench) {
    return bench.cluster().a().network().run();
  }

  static String bridges(Bench bench) {
    return NodeNetwork.switchNamespace(run(bench));
  }
}
