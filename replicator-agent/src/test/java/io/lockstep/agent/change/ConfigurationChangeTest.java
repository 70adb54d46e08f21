package io.lockstep.agent.change;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.agent.api.CommandResult;
import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.agent.configuration.Samples;
import io.lockstep.agent.peer.AgentPeer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two nodes whose agents ask each other without a network between them. */
class ConfigurationChangeTest {
  private static final String OLD = Samples.DISPATCH;
  private static final String NEW =
      OLD.replace("ackTimeout: 6s", "ackTimeout: 3s").replace("maxSize: 8GiB", "maxSize: 9GiB");

  @TempDir Path home;
  private Side a;
  private Side b;

  /** What happens to a question on its way. */
  private enum Fate {
    LOST,
    ANSWER_LOST
  }

  /** One node with its file. */
  private static final class Side implements ConfigurationChange.Node, AgentPeer {
    private final String name;
    private final Path file;
    private final Map<Question, Fate> fates = new EnumMap<>(Question.class);
    private final List<String> told = new ArrayList<>();
    private List<String> problems = List.of();
    private ClusterConfiguration agreed;
    private boolean settled;
    private ConfigurationChange change;

    Side(String name, Path file) throws Exception {
      this.name = name;
      this.file = file;
      Files.writeString(file, OLD);
      this.agreed = ClusterConfiguration.load(file);
    }

    void open(Side peer) throws Exception {
      change = new ConfigurationChange(this, peer, file);
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public ClusterConfiguration agreed() {
      return agreed;
    }

    @Override
    public List<String> check(ClusterConfiguration next) {
      return problems;
    }

    @Override
    public List<String> take(ClusterConfiguration next) {
      told.add("take");
      agreed = next;
      settled = false;
      return List.of();
    }

    @Override
    public void settle() {
      told.add("settle");
      settled = true;
    }

    /** Asked by the other. */
    @Override
    public Answer ask(Question question, String text, Duration timeout)
        throws UnreachableException, InterruptedException {
      if (fates.get(question) == Fate.LOST) {
        throw new UnreachableException(false, "there is no link to " + name);
      }
      Answer answer = change.answer(question, text);
      if (fates.get(question) == Fate.ANSWER_LOST) {
        throw new UnreachableException(true, "the link to " + name + " broke: cut");
      }
      return answer;
    }
  }

  @BeforeEach
  void pair() throws Exception {
    a = new Side("desk-a", Files.createDirectories(home.resolve("a")).resolve("lockstep.yaml"));
    b = new Side("desk-b", Files.createDirectories(home.resolve("b")).resolve("lockstep.yaml"));
    a.open(b);
    b.open(a);
  }

  private void assertNothingChanged(Side... sides) throws Exception {
    for (Side side : sides) {
      assertThat(side.file).hasContent(OLD);
      assertThat(side.agreed).isEqualTo(ClusterConfiguration.parse("old", OLD));
      assertThat(side.told).doesNotContain("take");
      assertNothingKeptReady(side);
    }
  }

  private static void assertNothingKeptReady(Side side) throws Exception {
    try (Stream<Path> files = Files.list(side.file.getParent())) {
      assertThat(files).containsExactly(side.file);
    }
  }

  @Test
  void bothNodesTakeItAndTheOperatorReadsWhatChangedAndWhatWaits() throws Exception {
    CommandResult result = a.change.apply(NEW, false);
    assertThat(result.ok()).as(result.message()).isTrue();
    for (Side side : List.of(a, b)) {
      assertThat(side.file).hasContent(NEW);
      assertThat(side.agreed.hash()).isEqualTo(ClusterConfiguration.parse("new", NEW).hash());
      assertThat(side.told).containsExactly("take", "settle");
      assertThat(side.settled).isTrue();
      assertNothingKeptReady(side);
    }
    assertThat(result.message())
        .contains("timing.ackTimeout: 6s → 3s\n")
        .contains("journal.maxSize: 8GiB → 9GiB  [needs a restart of both agents]")
        .contains("In effect on both nodes: 1 key.")
        .contains("For journal.maxSize restart both agents");
  }

  @Test
  void aDryRunChangesNothing() throws Exception {
    CommandResult result = a.change.apply(NEW, true);
    assertThat(result.ok()).isTrue();
    assertThat(result.message()).contains("6s → 3s").contains("Nothing was changed");
    assertNothingChanged(a, b);
  }

  @Test
  void aBadFileIsToldInWholeAndThePeerIsNotAsked() throws Exception {
    CommandResult result = a.change.apply(OLD.replace("6s", "6").replace("8GiB", "8"), false);
    assertThat(result.exitCode()).isEqualTo(CommandResult.USAGE);
    assertThat(result.message()).contains("timing.ackTimeout").contains("journal.maxSize");
    assertNothingChanged(a, b);
  }

  @Test
  void thePeersOwnChecksRefuse() throws Exception {
    b.problems = List.of("modules.desk.addresses[0].interface: this machine has no 'eth7'");
    CommandResult result = a.change.apply(NEW, false);
    assertThat(result.exitCode()).isEqualTo(CommandResult.USAGE);
    assertThat(result.message()).contains("desk-b: modules.desk.addresses[0].interface");
    assertNothingChanged(a, b);
  }

  @Test
  void bothNodesProblemsAreToldTogether() throws Exception {
    a.problems = List.of("console.listen: TCP port 127.0.0.1:7443 is in use");
    b.problems = List.of("journal.directory: /x cannot be written");
    CommandResult result = a.change.apply(NEW, false);
    assertThat(result.message())
        .contains("desk-a: console.listen")
        .contains("desk-b: journal.directory");
    assertNothingChanged(a, b);
  }

  @Test
  void withoutThePeerNothingChanges() throws Exception {
    b.fates.put(AgentPeer.Question.PREPARE_CONFIGURATION, Fate.LOST);
    CommandResult result = a.change.apply(NEW, false);
    assertThat(result.exitCode()).isEqualTo(CommandResult.REFUSED);
    assertThat(result.message()).contains("there is no link to desk-b").contains("Nothing has");
    assertNothingChanged(a, b);
  }

  @Test
  void theLinkBreaksBeforeThePeerTakesIt() throws Exception {
    b.fates.put(AgentPeer.Question.COMMIT_CONFIGURATION, Fate.LOST);
    CommandResult result = a.change.apply(NEW, false);
    assertThat(result.exitCode()).isEqualTo(CommandResult.FAILED);
    assertNothingChanged(a);
    assertThat(b.file).hasContent(OLD);
    // what b keeps ready is forgotten at its next start, or replaced by the next attempt
    b.open(a);
    assertNothingChanged(b);
  }

  @Test
  void theAnswerOfTheTakingIsLostAndTheSameFileMendsIt() throws Exception {
    b.fates.put(AgentPeer.Question.COMMIT_CONFIGURATION, Fate.ANSWER_LOST);
    CommandResult result = a.change.apply(NEW, false);
    assertThat(result.exitCode()).isEqualTo(CommandResult.FAILED);
    assertThat(result.message())
        .contains("desk-b may have the new one")
        .contains("apply the right file again");
    assertNothingChanged(a);
    assertThat(b.file).hasContent(NEW);
    assertThat(b.settled).as("its times stay patient").isFalse();
    assertThat(a.agreed.hash()).as("what both say at hello").isNotEqualTo(b.agreed.hash());
    b.fates.clear();
    assertThat(a.change.apply(NEW, false).ok()).isTrue();
    assertThat(a.file).hasContent(NEW);
    assertThat(a.agreed.hash()).isEqualTo(b.agreed.hash());
    assertThat(a.settled && b.settled).isTrue();
  }

  @Test
  void thisNodeEndsBetweenBothTakings() throws Exception {
    // b has taken it, and a died before it did: its file is the old one, with the new one ready
    a.change.apply(NEW, true);
    b.change.answer(AgentPeer.Question.PREPARE_CONFIGURATION, NEW);
    String hash = ClusterConfiguration.parse("new", NEW).hash();
    assertThat(b.change.answer(AgentPeer.Question.COMMIT_CONFIGURATION, hash).ok()).isTrue();
    Files.writeString(a.file.resolveSibling(".lockstep.yaml.desk-a.new"), NEW);
    a.open(b);
    assertNothingChanged(a);
    CommandResult back = a.change.apply(OLD, false);
    assertThat(back.ok()).as("the operator may also go back").isTrue();
    assertThat(b.file).hasContent(OLD);
    assertThat(b.agreed.hash()).isEqualTo(a.agreed.hash());
  }

  @Test
  void aFileThatThisNodeCannotWriteStopsItBeforeThePeerTakesIt() throws Exception {
    Files.createDirectories(a.file.resolveSibling(".lockstep.yaml.desk-a.new").resolve("full"));
    CommandResult result = a.change.apply(NEW, false);
    assertThat(result.exitCode()).isEqualTo(CommandResult.FAILED);
    assertThat(result.message()).contains("Nothing has changed").contains("cannot be written here");
    assertThat(b.file).hasContent(OLD);
    assertThat(b.told).doesNotContain("take");
  }

  @Test
  void whatTheCopiesBelongToCannotChange() throws Exception {
    for (String changed :
        List.of(
            OLD.replace("name: dispatch", "name: other"),
            OLD.replace("desk-b", "desk-c"),
            OLD.replace("path: /srv/desk", "path: /srv/table"))) {
      CommandResult result = a.change.apply(changed, false);
      assertThat(result.exitCode()).isEqualTo(CommandResult.USAGE);
      assertThat(result.message()).contains("Nothing has changed");
      assertNothingChanged(a, b);
    }
  }

  @Test
  void aCommitOfSomethingElseThanWasPreparedIsRefused() throws Exception {
    b.change.answer(AgentPeer.Question.PREPARE_CONFIGURATION, NEW);
    AgentPeer.Answer answer =
        b.change.answer(AgentPeer.Question.COMMIT_CONFIGURATION, "0".repeat(64));
    assertThat(answer.ok()).isFalse();
    assertThat(b.file).hasContent(OLD);
  }

  @Test
  void theFileKeepsItsModeAndALinkStaysALink() throws Exception {
    Path real = home.resolve("real.yaml");
    Files.move(a.file, real);
    Files.createSymbolicLink(a.file, real);
    Files.setPosixFilePermissions(
        real, java.nio.file.attribute.PosixFilePermissions.fromString("rw-r-----"));
    a.open(b);
    assertThat(a.change.apply(NEW, false).ok()).isTrue();
    assertThat(Files.isSymbolicLink(a.file)).isTrue();
    assertThat(real).hasContent(NEW);
    assertThat(
            java.nio.file.attribute.PosixFilePermissions.toString(
                Files.getPosixFilePermissions(real)))
        .isEqualTo("rw-r-----");
  }
}
