package io.lockstep.bench.subject;

import io.lockstep.bench.Commands;
import io.lockstep.demo.topology.NodeNetwork;
import io.lockstep.demo.topology.Shell;
import io.lockstep.demo.topology.Topology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * GlusterFS, replica 2, with Debian's defaults: a server and a brick in each of two network
 * namespaces, the client in the first.
 */
public final class GlusterFs implements Subject {
  private static final String VOLUME = "bench";

  private final Topology topology;
  private final Path mount;
  private final List<Path> bricks = new ArrayList<>();
  private final List<Long> daemons = new ArrayList<>();

  /**
   * Makes networks, servers, volume and mount.
   *
   * @param run the number of the run, part of all names and addresses
   */
  public GlusterFs(Path home, int run) throws IOException, InterruptedException {
    topology = new Topology(run);
    topology.create();
    mount = Files.createDirectories(home.resolve("mount"));
    try {
      for (NodeNetwork node : topology.nodes()) {
        Path own = home.resolve(node.name());
        bricks.add(BlockGroups.spread(own.resolve("brick")));
        daemons.add(daemon(node, own));
      }
      makeVolume();
      mountIt(home.resolve("client.log"));
    } catch (IOException | InterruptedException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Servers of one machine share names in /run and /var: each sees its own. */
  private static long daemon(NodeNetwork node, Path own) throws IOException, InterruptedException {
    for (String name : List.of("lib", "log")) {
      Files.createDirectories(own.resolve(name));
    }
    Path pid = own.resolve("glusterd.pid");
    Commands.script(
        """
        nsenter --net=/run/netns/%1$s unshare -m --propagation private bash -euc '
          mkdir -p /var/lib/glusterd /var/log/glusterfs
          mount --bind %2$s/lib /var/lib/glusterd
          mount --bind %2$s/log /var/log/glusterfs
          mount -t tmpfs run /run
          mkdir -p /run/gluster
          echo $$ >%3$s
          exec glusterd -N --log-level WARNING' >%2$s/out.log 2>&1 </dev/null &
        """
            .formatted(node.namespace(), own, pid));
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!Files.exists(pid) || Files.size(pid) == 0) {
      pause(deadline, "glusterd does not start: " + own.resolve("out.log"));
    }
    return Long.parseLong(Files.readString(pid).strip());
  }

  private static void pause(long deadline, String what) throws IOException, InterruptedException {
    if (System.nanoTime() > deadline) {
      throw new IOException(what);
    }
    TimeUnit.MILLISECONDS.sleep(100);
  }

  private Shell.Result gluster(String... words) {
    List<String> all =
        new ArrayList<>(
            List.of("nsenter", "-m", "-n", "-t", Long.toString(daemons.get(0)), "gluster"));
    all.add("--mode=script");
    all.addAll(List.of(words));
    return Shell.attempt(all.toArray(String[]::new));
  }

  /** Repeats a command of gluster's until it succeeds: its parts find each other slowly. */
  private String until(String wanted, String... words) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    Shell.Result result = gluster(words);
    while (!result.succeeded() || !result.output().contains(wanted)) {
      pause(deadline, "gluster " + String.join(" ", words) + ": " + result.output());
      result = gluster(words);
    }
    return result.output();
  }

  private void makeVolume() throws IOException, InterruptedException {
    String first = topology.nodes().get(0).serviceIp();
    String second = topology.nodes().get(1).serviceIp();
    until("success", "peer", "probe", second);
    until("Peer in Cluster (Connected)", "peer", "status");
    until(
        "success",
        "volume",
        "create",
        VOLUME,
        "replica",
        "2",
        first + ":" + bricks.get(0),
        second + ":" + bricks.get(1),
        "force");
    until("success", "volume", "start", VOLUME);
  }

  private void mountIt(Path log) throws IOException, InterruptedException {
    Commands.run(
        "nsenter",
        "--net=/run/netns/" + topology.nodes().get(0).namespace(),
        "glusterfs",
        "--volfile-server=" + topology.nodes().get(0).serviceIp(),
        "--volfile-id=/" + VOLUME,
        "--log-file=" + log,
        mount.toString());
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!MountPoint.type(mount).equals("fuse.glusterfs") || !writable()) {
      pause(deadline, "the volume is not served: " + log);
    }
  }

  private boolean writable() {
    Path probe = mount.resolve("probe");
    try {
      Files.write(probe, new byte[1]);
      boolean everywhere = bricks.stream().allMatch(brick -> Files.exists(brick.resolve("probe")));
      Files.delete(probe);
      return everywhere;
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public String name() {
    return "glusterfs";
  }

  @Override
  public Path directory() {
    return mount;
  }

  @Override
  public List<Path> lower() {
    return bricks;
  }

  @Override
  public void prove() throws IOException {
    MountPoint.require(mount, "fuse.glusterfs");
    String info = gluster("volume", "info", VOLUME).output();
    if (!info.contains("Type: Replicate") || !info.contains("1 x 2 = 2")) {
      throw new IOException("the volume is no replica 2: " + info);
    }
    MountPoint.requireArrival(mount, bricks);
  }

  @Override
  public void begin() {}

  @Override
  public void end() {}

  @Override
  public void close() throws IOException {
    Unmount.now(mount);
    topology.remove();
    // A brick holds names that the servers were still removing.
    for (Path brick : bricks) {
      Shell.attempt("rm", "-rf", "--", brick.toString());
    }
  }
}
