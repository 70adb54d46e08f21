package io.lockstep.failover.group;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Two nodes with a group, whatever fails on them and however late they hear of each other. */
class GroupPairTest {
  /** Trouble at random, then none: the group is together, once, and stays where it is. */
  @Property(tries = 40)
  void whateverHappensItComesTogetherAndStaysThere(@ForAll long seed) {
    Random random = new Random(seed);
    GroupPair pair = new GroupPair(seed + 1);
    for (int i = 2 + random.nextInt(8); i > 0; i--) {
      pair.pass(random.nextInt(25_000));
      int member = random.nextInt(2);
      switch (random.nextInt(6)) {
        case 0, 1 -> pair.fail(member);
        case 2, 3 -> pair.takeOver(member);
        case 4 -> pair.lag(member, random.nextInt(60_000));
        default -> pair.breakHandOvers(random.nextInt(2), random.nextBoolean());
      }
    }
    pair.pass(200_000);
    int before = pair.moves.size();
    if (!pair.failedOnBoth() && before < 3) {
      assertThat(pair.wayOut()).as("%s", pair.story).isFalse();
    }
    pair.mend();
    pair.pass(4_000_000);
    assertThat(pair.together()).as("%s", pair.story).isTrue();
    int moved = pair.moves.size();
    pair.pass(2_000_000);
    assertThat(pair.moves).as("it stays: %s", pair.story).hasSize(moved);
    assertThat(pair.swapped).as("the nodes exchange no parts: %s", pair.story).isFalse();
    assertThat(pair.early).as("nothing starts before what is to follow: %s", pair.story).isFalse();
    quiet(pair.moves, pair.story);
  }

  private static void quiet(List<Long> moves, List<String> story) {
    for (int i = 1; i < moves.size(); i++) {
      assertThat(moves.get(i) - moves.get(i - 1))
          .as("never two moves within the quiet time: %s", story)
          .isGreaterThanOrEqualTo(GroupPair.QUIET - 1_500 * GroupPair.MS);
    }
  }

  /** An application that fails on one node, and another one on the other, come to rest. */
  @Property(tries = 30)
  void membersThatFailOnDifferentNodesDoNotSendTheGroupToAndFro(@ForAll long seed) {
    GroupPair pair = new GroupPair(seed);
    pair.pass(20_000);
    pair.fail(0);
    pair.pass(40_000);
    assertThat(pair.moves).as("all go with the one that fails: %s", pair.story).hasSize(1);
    assertThat(pair.together()).isTrue();
    assertThat(pair.early).as("in their order: %s", pair.story).isFalse();
    pair.fail(1);
    pair.pass(4_000_000);
    assertThat(pair.moves).as("the other is DOWN: %s", pair.story).hasSize(1);
    assertThat(pair.together()).isTrue();
  }
}
