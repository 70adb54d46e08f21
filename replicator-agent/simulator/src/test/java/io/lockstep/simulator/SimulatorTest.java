package io.lockstep.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.replicator.testkit.sim.Carriers;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** The simulator itself: it repeats itself, and a short run over seeds in every build. */
class SimulatorTest {
  private final Carriers carriers = new Carriers();

  private World play(long seed, boolean trace) {
    return new World(Plan.of(seed), new Substitution(), carriers, trace);
  }

  @Test
  void oneSeedGivesOneTraceAndTheSameHashWithoutIt() {
    World first = play(3, true);
    World again = play(3, true);
    World silent = play(3, false);
    Statistics one = first.run();
    List<String> lines = first.trace().lines();
    assertThat(again.run().hash).isEqualTo(one.hash);
    assertThat(again.trace().lines()).isEqualTo(lines).hasSizeGreaterThan(50);
    assertThat(silent.run().hash).isEqualTo(one.hash);
    assertThat(silent.trace().lines()).isEmpty();
    assertThat(play(4, false).run().hash).isNotEqualTo(one.hash);
  }

  @Test
  void aRunWithEverythingRepeatsItselfToo() {
    repeatsItself(SimulatorTest::hasEverything);
  }

  @Test
  void aGroupWithCheckersAndDrillsRepeatsItselfToo() {
    repeatsItself(
        plan ->
            plan.extras().group()
                && plan.extras().drills()
                && plan.extras().supervision() != null
                && !plan.extras().supervision().checkers().isEmpty());
  }

  /** The first run of which that is so. */
  private void repeatsItself(Predicate<Plan> which) {
    long seed = 1;
    while (!which.test(Plan.of(seed))) {
      seed++;
    }
    World first = play(seed, true);
    Statistics one = first.run();
    World again = play(seed, true);
    assertThat(again.run().line()).isEqualTo(one.line());
    assertThat(again.trace().lines()).isEqualTo(first.trace().lines()).hasSizeGreaterThan(50);
    assertThat(play(seed, false).run().line()).isEqualTo(one.line());
    assertThat(Statistics.parse(one.line()).line()).isEqualTo(one.line());
  }

  private static boolean hasEverything(Plan plan) {
    Plan.Extras extras = plan.extras();
    return extras.supervision() != null
        && extras.arbiter()
        && extras.addresses()
        && plan.faults().stream().anyMatch(f -> f.in() != null)
        && plan.faults().stream().anyMatch(f -> f.kind() == Fault.Kind.AGENT_EXITS)
        && plan.faults().stream().anyMatch(f -> Fault.Kind.OPERATOR.contains(f.kind()));
  }

  /** What only some runs have takes nothing of the others' chance. */
  @Test
  void whatIsDrawnBesidesLeavesThePlainPlanAsItIs() {
    for (long seed = 1; seed <= 200; seed++) {
      Plan plain = Plan.plain(seed);
      Plan whole = Plan.of(seed);
      assertThat(whole.faults()).containsAll(plain.faults());
      assertThat(whole.bursts()).containsAll(plain.bursts());
      assertThat(whole.lastsNs()).isEqualTo(plain.lastsNs());
      assertThat(whole.chances()).isEqualTo(plain.chances());
      assertThat(whole.quality()).isEqualTo(plain.quality());
    }
  }

  @Test
  void everyPairOfRoleAndInputOrFaultIsReachedOrExplained() {
    Statistics sum = new Statistics();
    for (long seed = 1; seed <= CoverageReport.ENOUGH; seed++) {
      sum.add(play(seed, false).run());
    }
    assertThat(new CoverageReport(sum.reached(), sum.of("runs")).problems()).isEmpty();
  }

  @Test
  void whatIsNeitherReachedNorExplainedIsTold() {
    long[] none = new long[Coverage.pairs().size()];
    assertThat(new CoverageReport(none, CoverageReport.ENOUGH).problems())
        .anyMatch(p -> p.startsWith("input PRIMARY LinkDown was not reached"))
        .noneMatch(p -> p.contains("input PRIMARY Boot"));
    long[] all = new long[none.length];
    java.util.Arrays.fill(all, 1);
    assertThat(new CoverageReport(all, 1).problems())
        .anyMatch(p -> p.startsWith("input PRIMARY Boot was reached, though"));
    assertThat(new CoverageReport(none, 1).problems()).isEmpty();
  }

  @Test
  void whatBrokeAPromiseOnceDoesNotAgain() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(getClass().getResourceAsStream("/kept-seeds.txt"))) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        if (!line.startsWith("#")) {
          long seed = Long.parseLong(line.replaceFirst("^[+*!]", "").split(" ", 2)[0]);
          World world = new World(breadth(line).of(seed), new Substitution(), carriers, false);
          assertThat(world.run().failure).as(line).isNull();
        }
      }
    }
  }

  private static Plan.Breadth breadth(String line) {
    return switch (line.charAt(0)) {
      case '!' -> Plan.Breadth.WHOLE;
      case '*' -> Plan.Breadth.WIDER;
      case '+' -> Plan.Breadth.WIDE;
      default -> Plan.Breadth.PLAIN;
    };
  }

  /** A later sync would succeed without what the first one lost, and the loss of power show it. */
  @Test
  void aNodeWhoseFilesCannotBeSyncedAtItsHandOverDoesNotServeAgain() {
    for (long seed = 4; seed <= 7; seed++) {
      Plan plan = Plan.plain(seed);
      for (Plan.Burst burst : plan.bursts().subList(1, 4)) {
        World world =
            new World(plan.with(unsynced(burst.atNs())), new Substitution(), carriers, false);
        assertThat(world.run().failure).as("seed %d, %s", seed, burst).isNull();
      }
    }
  }

  /** Neither node steps down for what a record says that waited in the connection. */
  @Test
  void aConnectionThatOutlastsATakeoverBringsNothingThatIsNoMoreTrue() {
    for (long seed = 1; seed <= 12; seed++) {
      Plan plan = Plan.plain(seed).keepingItsConnection();
      World world = new World(plan, new Substitution(), carriers, false);
      Statistics result = world.run();
      assertThat(result.failure).as("seed %d", seed).isNull();
    }
  }

  private static List<Fault> unsynced(long workedNs) {
    long atNs = workedNs + 20_000_000;
    return List.of(
        new Fault(Fault.Kind.TREE_SYNC_FAILS, atNs, 0, 0, 0, null),
        new Fault(Fault.Kind.SWITCHOVER, atNs + 1_000_000, 0, 0, 0, null),
        new Fault(Fault.Kind.AGENT_KILLED, atNs + 30 * Plan.SECOND, 1, 200 * Plan.SECOND, 0, null),
        new Fault(Fault.Kind.POWER_CUT, atNs + 90 * Plan.SECOND, 0, 5 * Plan.SECOND, 0, null));
  }

  @Test
  void anAcknowledgementBeforeTheJournalIsFound() {
    Mutation early = Mutations.all().get(0);
    assertThat(early.name()).isEqualTo("acknowledges before the journal has it");
    boolean found = false;
    for (long seed = 1; seed <= 100 && !found; seed++) {
      World world = new World(Plan.plain(seed), early.substitution(), new Carriers(), false);
      found = world.run().promise.equals("G1");
    }
    assertThat(found).isTrue();
  }
}
