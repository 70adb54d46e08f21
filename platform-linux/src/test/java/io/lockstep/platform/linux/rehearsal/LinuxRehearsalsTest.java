package io.lockstep.platform.linux.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.platform.linux.mount.Covers;
import io.lockstep.platform.linux.mount.MountTable;
import io.lockstep.platform.linux.process.Cgroups;
import io.lockstep.replicator.port.Addresses.VirtualAddress;
import io.lockstep.replicator.port.ProcessGroups.ProcessGroup;
import io.lockstep.replicator.port.Rehearsals;
import io.lockstep.replicator.port.Rehearsals.Rehearsal;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An application is tried on this machine's own files, and nobody can tell afterwards. */
class LinuxRehearsalsTest {
  private static final long ELSEWHERE_BYTES = 16 << 20;

  @TempDir Path home;
  private final Rehearsals rehearsals = new LinuxRehearsals();
  private ProcessGroup group;
  private Path tree;
  private Path work;

  @BeforeEach
  void make() throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    group = new Cgroups().group("test-" + UUID.randomUUID());
    tree = Files.createDirectories(home.resolve("a tree, with: signs"));
    Files.writeString(tree.resolve("file"), "real");
    Files.createDirectories(tree.resolve(".lockstep/inside"));
    work = home.resolve("state/drill");
    Covers.coverReadOnly(tree);
  }

  @AfterEach
  void clear() throws Exception {
    if (group != null) {
      rehearsals.clear(work, group);
      Covers.uncover(tree);
    }
  }

  private Rehearsal open() throws Exception {
    return rehearsals.open(
        new Rehearsals.Plan(
            List.of(tree),
            List.of(
                new VirtualAddress(InetAddress.getByName("10.99.1.50"), 24, "service0"),
                new VirtualAddress(InetAddress.getByName("fd00:99::50"), 64, "service0")),
            work,
            ELSEWHERE_BYTES),
        group);
  }

  private static String inside(Rehearsal place, String line) throws Exception {
    Process process =
        new ProcessBuilder(place.inside().enclose(List.of("/bin/bash", "-c", line)))
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return said;
  }

  @Test
  void whateverIsWrittenStaysInsideAndIsGone() throws Exception {
    Path outside = Files.writeString(home.resolve("outside"), "real");
    Rehearsal place = open();
    String at = "'" + tree + "'";
    assertThat(inside(place, "cd " + at + " && ls -A && cat file")).isEqualTo("file\nreal");
    String changes =
        "cd %s && rm file && mkdir d && head -c 3000000 /dev/zero >d/big && mv d e && ls"
            + " && echo played >'%s' && cat '%s' && rm -rf /etc/passwd && ls -S /etc/passwd";
    assertThat(inside(place, changes.formatted(at, outside, outside)))
        .startsWith("e\nplayed\n")
        .contains("cannot access");
    assertThat(place.usedBytes()).isBetween(3_000_000L, 3_200_000L);
    assertThat(tree.resolve("file")).hasContent("real");
    assertThat(outside).hasContent("real");
    place.discard();
    assertThat(work).doesNotExist();
    assertThat(tree.toFile().list()).containsExactlyInAnyOrder("file", ".lockstep");
    assertThat(outside).hasContent("real");
    assertThat(Path.of("/etc/passwd")).exists();
    assertThat(MountTable.read().below(home)).as("but for the cover").hasSize(1);
    assertThat(Path.of(group.handle())).doesNotExist();
  }

  @Test
  void whatRunsInsideReachesNobodyAndHasItsAddresses() throws Exception {
    Rehearsal place = open();
    assertThat(inside(place, "ip -o address show dev service0"))
        .contains("10.99.1.50/24", "fd00:99::50/64");
    assertThat(inside(place, "exec 3<>/dev/tcp/10.99.1.50/1; echo $?"))
        .contains("Connection refused");
    assertThat(inside(place, "ip -o link | wc -l").strip()).isEqualTo("2");
    assertThat(inside(place, "kill -0 " + ProcessHandle.current().pid()))
        .as("no process of the machine is there")
        .contains("No such process");
    inside(place, "(sleep 0.01 &)");
    await().until(() -> inside(place, "ps axo stat= | grep -c Z").strip().equals("0"));
  }

  @Test
  void whatRunsInsideEndsWithThePlaceHoweverItForked() throws Exception {
    Rehearsal place = open();
    inside(
        place, "(setsid sleep 1000 >/dev/null 2>&1 </dev/null &) & (sleep 1000 &) >/dev/null 2>&1");
    assertThat(inside(place, "ps ax | grep -c '[s]leep 1000'").strip()).isEqualTo("2");
    place.discard();
    assertThat(group.empty()).isTrue();
    assertThat(inside(place, "echo it runs outside")).doesNotContain("it runs outside\n");
  }

  @Test
  void whatAKilledAgentLeftIsCleared() throws Exception {
    Rehearsal place = open();
    inside(place, "echo >'" + tree + "/new'; (sleep 1000 &) >/dev/null 2>&1");
    rehearsals.clear(work, group);
    assertThat(work).doesNotExist();
    assertThat(group.empty()).isTrue();
    assertThat(tree.resolve("new")).doesNotExist();
    assertThat(inside(place, "echo it runs outside")).doesNotContain("it runs outside\n");
  }

  @Test
  void aPlaceThatCannotBeMadeLeavesNothingAndSaysWhy() throws Exception {
    Rehearsals.Plan plan =
        new Rehearsals.Plan(List.of(home.resolve("nowhere")), List.of(), work, ELSEWHERE_BYTES);
    assertThatThrownBy(() -> rehearsals.open(plan, group))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("nowhere");
    assertThat(work).doesNotExist();
    assertThat(group.empty()).isTrue();
  }
}
