package io.lockstep.platform.linux.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.lockstep.replicator.port.ProcessGroups.ProcessGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CgroupsTest {
  private static final List<String> FORKING =
      List.of("/bin/sh", "-c", "(setsid sleep 1000 & (sleep 1000 &) ) & exec sleep 1000");

  private ProcessGroup group;

  @BeforeEach
  void make() throws Exception {
    group = new Cgroups().group("test-" + UUID.randomUUID());
  }

  @AfterEach
  void remove() throws Exception {
    group.kill();
    await().until(group::empty);
    Files.delete(Path.of(group.handle()));
  }

  @Test
  void whoForkedAwayIsKilledToo() throws Exception {
    assertThat(group.empty()).isTrue();
    Process process = new ProcessBuilder(group.enclose(FORKING)).start();
    await().until(() -> members() == 3);
    assertThat(group.empty()).isFalse();
    group.kill();
    await().until(group::empty);
    assertThat(process.waitFor()).isEqualTo(137);
  }

  @Test
  void oneByOneWhereTheKernelCanNotKillAGroup() throws Exception {
    Process process = new ProcessBuilder(group.enclose(FORKING)).start();
    await().until(() -> members() == 3);
    ((Cgroup) group).killEach();
    await().until(group::empty);
    assertThat(process.waitFor()).isEqualTo(137);
  }

  @Test
  void aPartIsKilledByItselfAndWithTheWhole() throws Exception {
    ProcessGroup db = group.part("db");
    ProcessGroup app = group.part("app");
    assertThat(db.empty()).isTrue();
    new ProcessBuilder(db.enclose(FORKING)).start();
    new ProcessBuilder(app.enclose(List.of("sleep", "1000"))).start();
    await().until(() -> !db.empty() && !app.empty());
    assertThat(group.empty()).isFalse();
    assertThat(group.processNames()).contains("sleep");
    app.kill();
    await().until(app::empty);
    assertThat(db.empty()).as("the other part").isFalse();
    group.kill();
    await().until(group::empty);
    assertThat(db.empty()).isTrue();
    assertThatThrownBy(() -> group.part("../x")).isInstanceOf(IOException.class);
    Files.delete(Path.of(db.handle()));
    Files.delete(Path.of(app.handle()));
  }

  @Test
  void argumentsArePassedAsTheyAre() throws Exception {
    List<String> command = List.of("printf", "%s|", "a b", "$0 \"'", "");
    Process process = new ProcessBuilder(group.enclose(command)).start();
    assertThat(process.getInputStream().readAllBytes()).asString().isEqualTo("a b|$0 \"'||");
    assertThat(process.waitFor()).isZero();
  }

  @Test
  void aGroupThatCanNotBeEnteredFailsTheCommand() throws Exception {
    Cgroup gone = new Cgroup(Path.of("/proc/lockstep-none/none"));
    Process process = new ProcessBuilder(gone.enclose(List.of("echo", "ran"))).start();
    assertThat(process.getInputStream().readAllBytes()).isEmpty();
    assertThat(process.getErrorStream().readAllBytes()).asString().contains("can not enter");
    assertThat(process.waitFor()).isEqualTo(125);
  }

  @Test
  void namesThatLeadElsewhereAreRefused() {
    assertThatThrownBy(() -> new Cgroups().group("../x")).isInstanceOf(IOException.class);
  }

  private long members() throws IOException {
    return Files.readAllLines(Path.of(group.handle(), "cgroup.procs")).size();
  }
}
