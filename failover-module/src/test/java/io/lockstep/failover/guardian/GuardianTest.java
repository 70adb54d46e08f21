package io.lockstep.failover.guardian;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.failover.application.ControlGroups;
import io.lockstep.replicator.port.ProcessGroups.ProcessGroup;
import io.lockstep.replicator.testkit.PlayedSystemd;
import io.lockstep.replicator.testkit.RealSystemd;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The guardian of real JVMs that are killed, in a network namespace of the test's own. */
class GuardianTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Pattern DONE = Pattern.compile("\\+(\\d+) ms guardian (\\d+): done");

  private static final byte[] IPV6_LOOPBACK = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

  @TempDir Path home;

  private final String namespace = "lsguard" + ProcessHandle.current().pid();
  private final List<Process> children = new ArrayList<>();
  private ControlGroups groups;
  private ProcessGroup group;
  private Path state;
  private Path log;

  @BeforeEach
  void prepare() throws Exception {
    Optional<Path> hierarchy = ControlGroups.hierarchy();
    assumeTrue(hierarchy.isPresent(), "no writable cgroup2 hierarchy, or not root");
    groups = new ControlGroups(hierarchy.get());
    group = groups.group("desk with blanks");
    state = home.resolve("state of the agent");
    log = home.resolve("guardian.log");
    run("ip", "netns", "add", namespace);
    run("ip", "-n", namespace, "link", "add", "front0", "type", "bridge");
    run("ip", "-n", namespace, "link", "set", "front0", "up");
    run("ip", "-n", namespace, "address", "add", "10.99.0.50/24", "dev", "front0");
    run("ip", "-n", namespace, "address", "add", "fd99::50/64", "dev", "front0", "nodad");
  }

  @AfterEach
  void cleanUp() throws Exception {
    for (Process child : children) {
      child.destroyForcibly().waitFor();
    }
    if (groups != null) {
      Guardian.awaitPredecessor(state, PATIENCE);
      run("ip", "netns", "delete", namespace);
      groups.close();
    }
  }

  private static String run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }

  private Process agent(boolean inNamespace, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    if (inNamespace) {
      command.addAll(List.of("nsenter", "--net=/run/netns/" + namespace));
    }
    command.addAll(
        List.of(
            ProcessHandle.current().info().command().orElseThrow(),
            "-XX:TieredStopAtLevel=1",
            "-Xshare:auto",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            DyingAgent.class.getName(),
            state.toString(),
            log.toString()));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    children.add(process);
    BufferedReader reader =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    String line = reader.readLine();
    while (line != null && !line.startsWith("guardian ")) {
      line = reader.readLine();
    }
    assertThat(line).as("the agent registered").isNotNull();
    return process;
  }

  /** A process in the group, with one that left its session and its parent. */
  private void occupy() throws Exception {
    run(
        group
            .enclose(
                List.of(
                    "sh",
                    "-c",
                    "(setsid sleep 300 >/dev/null 2>&1 &); sleep 300 >/dev/null 2>&1 &"))
            .toArray(new String[0]));
    assertThat(group.empty()).isFalse();
  }

  private String addresses() throws Exception {
    return run("ip", "-n", namespace, "-o", "address", "show", "dev", "front0");
  }

  private long doneMs() throws Exception {
    await().atMost(PATIENCE).until(() -> DONE.matcher(Files.readString(log)).find());
    Matcher matcher = DONE.matcher(Files.readString(log));
    assertThat(matcher.find()).isTrue();
    return Long.parseLong(matcher.group(1));
  }

  @Test
  void whoWaitsForOneGivesItTheSumOfWhatItMayTake() {
    Duration longest = Guardian.longest(Duration.ofSeconds(5), Duration.ofSeconds(30), 2);
    assertThat(longest).isEqualTo(Duration.ofSeconds(2 * 2 * 5 + 2 * 30 + 10));
  }

  @Test
  void killed9ItCleansUpInOrder() throws Exception {
    occupy();
    Process agent =
        agent(
            true,
            "address",
            "10.99.0.50",
            "24",
            "front0",
            "address",
            "fd99::50",
            "64",
            "front0",
            "cgroup",
            group.handle(),
            "fuse",
            "999999",
            home.resolve("no mount").toString(),
            "goodbye",
            "127.0.0.1",
            "9",
            "no way there: lo is down");
    agent.destroyForcibly().waitFor();
    long ms = doneMs();
    assertThat(addresses()).doesNotContain("10.99.0.50").doesNotContain("fd99::50");
    assertThat(group.empty()).isTrue();
    assertThat(Files.readString(log))
        .containsSubsequence(
            "address 10.99.0.50/24 dropped",
            "dropped from front0",
            "cgroups empty",
            "FUSE connection 999999 is not at",
            "nothing of connection 999999 is mounted",
            "goodbye 3 of 3");
    assertThat(ms).as("ms from death to the end").isLessThan(2_000);
  }

  /**
   * A unit that systemd would start again is stopped, not only killed, and the goodbye waits for
   * it.
   */
  @Test
  void unitsOfSystemdEndWithTheAgent() throws Exception {
    PlayedSystemd systemd = PlayedSystemd.in(home.resolve("systemd"));
    systemd.make("desk.service", "trap '' TERM; sleep 600 & wait; wait");
    String systemctl = systemd.systemctl().toString();
    run(systemctl, "start", "--", "desk.service");
    Files.createFile(systemd.file("desk.service.restarts"));
    Process agent =
        agent(
            true,
            "unit",
            systemctl,
            "desk.service",
            "goodbye",
            "127.0.0.1",
            "9",
            "no way there: lo is down");
    agent.destroyForcibly().waitFor();
    long ms = doneMs();
    assertThat(run(systemctl, "show", "--property=ActiveState", "--", "desk.service"))
        .isEqualTo("ActiveState=inactive\n");
    assertThat(Files.readString(log))
        .containsSubsequence("1 units", "unit desk.service killed", "goodbye 3 of 3");
    assertThat(ms).as("ms from death to the end").isLessThan(2_000);
  }

  /** The same with a systemd that runs, which would start it again at once. */
  @Test
  void unitsOfARealSystemdEndWithTheAgent() throws Exception {
    Optional<String> hindrance = RealSystemd.hindrance();
    assumeTrue(hindrance.isEmpty(), hindrance::get);
    try (RealSystemd systemd = RealSystemd.boot(home.resolve("systemd"))) {
      systemd.make(
          "desk.service",
          """
          [Service]
          ExecStart=/bin/sh -c 'trap "" TERM; sleep 600 & wait; wait'
          Restart=always
          RestartSec=1ms
          """);
      systemd.run("start", "desk.service");
      assertThat(systemd.processes("desk.service")).isNotEmpty();
      Process agent =
          agent(
              true,
              "unit",
              systemd.systemctl().toString(),
              "desk.service",
              "unit",
              systemd.systemctl().toString(),
              "resting.service",
              "goodbye",
              "127.0.0.1",
              "9",
              "no way there: lo is down");
      systemd.make("resting.service", "[Service]\nExecStart=/bin/true\n");
      agent.destroyForcibly().waitFor();
      assertThat(doneMs()).as("ms from death to the end").isLessThan(PATIENCE.toMillis());
      assertThat(systemd.processes("desk.service")).isEmpty();
      assertThat(systemd.property("desk.service", "ActiveState")).isIn("failed", "inactive");
      assertThat(Files.readString(log))
          .containsSubsequence("2 units", "unit desk.service killed", "goodbye 3 of 3");
    }
  }

  @Test
  void itWaitsForSystemdNoLongerThanItIsTold() throws Exception {
    PlayedSystemd systemd = PlayedSystemd.in(home.resolve("systemd"));
    systemd.make("desk.service", "sleep 600");
    Files.createFile(systemd.file("hangs"));
    Process agent =
        agent(
            true,
            "bounds",
            "300",
            "1000",
            "unit",
            systemd.systemctl().toString(),
            "desk.service",
            "goodbye",
            "127.0.0.1",
            "9",
            "for nobody");
    agent.destroyForcibly().waitFor();
    assertThat(doneMs()).as("ms from death to the end").isLessThan(PATIENCE.toMillis());
    assertThat(Files.readString(log))
        .containsSubsequence(
            "unit desk.service not killed",
            "done, without a goodbye: units that do not end: desk.service")
        .doesNotContain("goodbye 1 of 3");
  }

  @Test
  void thePeerGetsTheGoodbyeWhenAllIsOver() throws Exception {
    try (DatagramSocket peer = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      peer.setSoTimeout((int) PATIENCE.toMillis());
      occupy();
      String port = Integer.toString(peer.getLocalPort());
      Process agent =
          agent(
              false,
              "cgroup",
              group.handle(),
              "goodbye",
              "127.0.0.1",
              port,
              "replaced",
              "goodbye",
              "127.0.0.1",
              port,
              "goodbye~\1\377 of generation 7\n");
      agent.destroyForcibly().waitFor();
      for (int i = 0; i < 3; i++) {
        DatagramPacket packet = new DatagramPacket(new byte[1500], 1500);
        peer.receive(packet);
        assertThat(new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8))
            .isEqualTo("goodbye\0\1\377 of generation 7\n");
        assertThat(group.empty()).as("nothing lives when the goodbye comes").isTrue();
      }
    }
    doneMs();
  }

  /** A daemon that serves nothing: whoever looks into its mount hangs. */
  @Test
  void aHungMountIsAbortedAndDetached() throws Exception {
    assumeTrue(Files.isWritable(Path.of("/dev/fuse")), "no /dev/fuse");
    Path mount = Files.createDirectory(home.resolve("a mount"));
    String line =
        "exec 7<>/dev/fuse; mount -i -t fuse -o fd=7,rootmode=40000,user_id=0,group_id=0 hung"
            + " \"$0\" && exec sleep 300";
    children.add(new ProcessBuilder("bash", "-c", line, mount.toString()).start());
    String escaped = mount.toString().replace(" ", "\\040");
    await().atMost(PATIENCE).until(() -> mounted(escaped).isPresent());
    try {
      Process hangs = new ProcessBuilder("ls", mount.toString()).start();
      children.add(hangs);
      Process agent = agent(false, "fuse", mounted(escaped).orElseThrow(), mount.toString());
      assertThat(hangs.isAlive()).isTrue();
      agent.destroyForcibly().waitFor();
      doneMs();
      assertThat(hangs.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(mounted(escaped)).isEmpty();
      assertThat(Files.readString(log)).containsSubsequence("aborted", "detached");
    } finally {
      new ProcessBuilder("umount", "-i", "-c", "-l", mount.toString()).start().waitFor();
    }
  }

  /** The connection number of the FUSE mount there. */
  private static Optional<String> mounted(String escaped) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
      String[] fields = line.split(" ");
      if (fields[4].equals(escaped) && line.contains(" - fuse ")) {
        return Optional.of(fields[2].split(":")[1]);
      }
    }
    return Optional.empty();
  }

  private static void signal(String name, long... processes) throws Exception {
    for (long process : processes) {
      run("kill", "-" + name, Long.toString(process));
    }
  }

  /** One whose being stopped counts as no more than silence. */
  private Process watchedAgent(int patienceMs, String... more) throws IOException {
    return watchedAgent(patienceMs, 600_000, more);
  }

  private Process watchedAgent(int patienceMs, int stoppedMs, String... more) throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of("watch", Integer.toString(patienceMs), Integer.toString(stoppedMs)));
    arguments.addAll(List.of(more));
    return agent(true, arguments.toArray(String[]::new));
  }

  private long guardianPid() throws IOException {
    return Long.parseLong(Files.readString(state.resolve("guardian.pid")).split(" ")[0]);
  }

  /** Time in which it would have been found hung several times over. */
  private static void passMs(long ms) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(ms);
  }

  @Test
  void anAgentThatLivesAndDoesNothingIsKilledAndCleanedUpAfter() throws Exception {
    occupy();
    Process agent =
        watchedAgent(1_000, "address", "10.99.0.50", "24", "front0", "cgroup", group.handle());
    passMs(1_500);
    assertThat(agent.isAlive()).as("while it makes progress").isTrue();
    signal("STOP", agent.pid());
    long stoppedNs = System.nanoTime();
    await().atMost(PATIENCE).until(() -> !addresses().contains("10.99.0.50"));
    long gone = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - stoppedNs);
    doneMs();
    assertThat(agent.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(group.empty()).isTrue();
    assertThat(Files.readString(log))
        .containsSubsequence("has made no progress", "killed", "dropped", "cgroups empty", "done");
    assertThat(gone).as("ms from the stop to the address's end").isBetween(700L, 2_000L);
  }

  @Test
  void anAgentWithNothingToServeMayBeSilent() throws Exception {
    Process agent = watchedAgent(500, "cgroup", group.handle());
    signal("STOP", agent.pid());
    passMs(2_000);
    assertThat(agent.isAlive()).isTrue();
    signal("CONT", agent.pid());
  }

  @Test
  void oneThatIsStoppedIsKilledLongBeforeOneThatIsSlow() throws Exception {
    Process agent = watchedAgent(60_000, 1_000, "address", "10.99.0.50", "24", "front0");
    for (int time = 0; time < 3; time++) {
      signal("STOP", agent.pid());
      passMs(400);
      signal("CONT", agent.pid());
      passMs(400);
    }
    assertThat(agent.isAlive()).as("stopped for a moment each time").isTrue();
    signal("STOP", agent.pid());
    long stoppedNs = System.nanoTime();
    await().atMost(PATIENCE).until(() -> !addresses().contains("10.99.0.50"));
    long gone = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - stoppedNs);
    doneMs();
    assertThat(agent.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(Files.readString(log)).containsSubsequence("has been stopped", "killed", "done");
    assertThat(gone).as("ms from the stop to the address's end").isBetween(700L, 2_000L);
  }

  @Test
  void aDebuggersStopIsSilenceAndNoMore() throws Exception {
    assumeTrue(System.getProperty("os.arch").equals("amd64"), "the number of a system call");
    Process agent = watchedAgent(60_000, 500, "address", "10.99.0.50", "24", "front0");
    String attach = "syscall(101, 16, $_ + 0, 0, 0) for map { m,(\\d+)$, } glob(shift); sleep 300";
    Process debugger =
        new ProcessBuilder("perl", "-e", attach, "/proc/" + agent.pid() + "/task/*").start();
    try {
      Path stat = Path.of("/proc/" + agent.pid() + "/stat");
      await().atMost(PATIENCE).until(() -> Files.readString(stat).contains(") t "));
      passMs(1_500);
      assertThat(agent.isAlive()).isTrue();
      assertThat(Files.readString(stat)).contains(") t ");
    } finally {
      debugger.destroyForcibly().waitFor();
    }
  }

  /** The machine was suspended, or a hypervisor stopped it: nobody is to blame. */
  @Test
  void timeInWhichTheGuardianStoodStillItselfDoesNotCount() throws Exception {
    Process agent = watchedAgent(1_000, 1_000, "address", "10.99.0.50", "24", "front0");
    long guardian = guardianPid();
    for (int pause = 0; pause < 3; pause++) {
      signal("STOP", agent.pid(), guardian);
      passMs(2_000);
      signal("CONT", guardian, agent.pid());
      passMs(300);
    }
    assertThat(agent.isAlive()).isTrue();
    assertThat(addresses()).contains("10.99.0.50");
    assertThat(Files.readString(log)).doesNotContain("killed");
  }

  @Test
  void aGuardianThatDoesNotAnswerIsReplaced() throws Exception {
    Process agent = watchedAgent(500, "address", "10.99.0.50", "24", "front0");
    long first = guardianPid();
    signal("STOP", first);
    await().atMost(PATIENCE).until(() -> guardianPid() != first);
    assertThat(agent.isAlive()).isTrue();
    agent.destroyForcibly().waitFor();
    doneMs();
    assertThat(addresses()).as("the successor knows it").doesNotContain("10.99.0.50");
  }

  @Test
  void aPlannedEndDoesNothing() throws Exception {
    occupy();
    Process agent =
        agent(true, "address", "10.99.0.50", "24", "front0", "cgroup", group.handle(), "planned");
    agent.destroyForcibly().waitFor();
    Guardian.awaitPredecessor(state, PATIENCE);
    assertThat(addresses()).contains("10.99.0.50");
    assertThat(group.empty()).isFalse();
    assertThat(Files.readString(log)).isEmpty();
  }

  @Test
  void whatWasForgottenStays() throws Exception {
    Process agent =
        agent(
            true,
            "address",
            "10.99.0.50",
            "24",
            "front0",
            "address",
            "fd99::50",
            "64",
            "front0",
            "forget-address",
            "10.99.0.50",
            "24",
            "front0");
    agent.destroyForcibly().waitFor();
    doneMs();
    assertThat(addresses()).contains("10.99.0.50").doesNotContain("fd99::50");
  }

  @Test
  void signalsDoNotEndItAndASuccessorKnowsEverything() throws Exception {
    occupy();
    try (Guardian guardian = Guardian.start(state, log)) {
      guardian.cgroup(group.handle());
      assertThatThrownBy(() -> Guardian.awaitPredecessor(state, Duration.ofMillis(100)))
          .hasMessageContaining("still works");
      long first = guardian.pid();
      ProcessHandle process = ProcessHandle.of(first).orElseThrow();
      await().until(() -> Files.readString(Path.of("/proc/" + first + "/comm")).contains("bash"));
      await().until(() -> ignored(first).contains("term"));
      process.destroy();
      run("kill", "-INT", Long.toString(first));
      run("kill", "-HUP", Long.toString(first));
      guardian.forgetCgroup("/not there");
      assertThat(process.isAlive()).isTrue();
      process.destroyForcibly();
      await().atMost(PATIENCE).until(() -> guardian.pid() != first);
      assertThat(group.empty()).isFalse();
    }
    assertThat(group.empty()).as("closed without a plan: cleaned up").isTrue();
    Guardian.awaitPredecessor(state, Duration.ZERO);
  }

  /** Which of these signals the process ignores. */
  private static String ignored(long pid) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
      if (line.startsWith("SigIgn:")) {
        long mask = Long.parseUnsignedLong(line.substring(7).trim(), 16);
        return (mask >> 14 & 1) == 1 ? "term" : "";
      }
    }
    return "";
  }

  @Test
  void processesWithoutCgroupKillAreKilledOneByOne() throws Exception {
    Path fake = Files.createDirectory(home.resolve("an old cgroup"));
    Process sleeper = new ProcessBuilder("sleep", "300").start();
    children.add(sleeper);
    Files.writeString(fake.resolve("cgroup.procs"), sleeper.pid() + "\n");
    Process agent = agent(false, "cgroup", fake.toString());
    agent.destroyForcibly().waitFor();
    assertThat(sleeper.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    Files.writeString(fake.resolve("cgroup.procs"), "");
    doneMs();
  }

  @Test
  void thePeerHearsNothingWhileAProcessIsLeft() throws Exception {
    Path fake = Files.createDirectory(home.resolve("stubborn"));
    Files.writeString(fake.resolve("cgroup.events"), "populated 1\nfrozen 0\n");
    Files.writeString(fake.resolve("cgroup.procs"), "");
    try (DatagramSocket peer = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      Process agent =
          agent(
              false,
              "cgroup",
              fake.toString(),
              "goodbye",
              "127.0.0.1",
              Integer.toString(peer.getLocalPort()),
              "bye");
      agent.destroyForcibly().waitFor();
      await().atMost(PATIENCE).until(() -> Files.readString(log).contains("not empty yet"));
      assertThat(Files.readString(log)).doesNotContain("goodbye 1");
      Files.writeString(fake.resolve("cgroup.events"), "populated 0\n");
      peer.setSoTimeout((int) PATIENCE.toMillis());
      peer.receive(new DatagramPacket(new byte[10], 10));
      assertThat(Files.readString(log)).containsSubsequence("not empty yet", "cgroups empty");
    }
    doneMs();
  }

  @Test
  void goodbyesToSeveralPeersAreKept() throws Exception {
    try (DatagramSocket one = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        DatagramSocket two = new DatagramSocket(0, InetAddress.getByAddress(IPV6_LOOPBACK))) {
      one.setSoTimeout((int) PATIENCE.toMillis());
      two.setSoTimeout((int) PATIENCE.toMillis());
      try (Guardian guardian = Guardian.start(state, log)) {
        for (DatagramSocket peer : List.of(one, two)) {
          guardian.goodbye(
              (InetSocketAddress) peer.getLocalSocketAddress(),
              InetAddress.getLoopbackAddress(),
              new byte[] {1, 0, 2});
        }
      }
      for (DatagramSocket peer : List.of(one, two)) {
        DatagramPacket packet = new DatagramPacket(new byte[10], 10);
        peer.receive(packet);
        assertThat(packet.getLength()).isEqualTo(3);
      }
    }
  }
}
