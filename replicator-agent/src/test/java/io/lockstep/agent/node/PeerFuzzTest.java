package io.lockstep.agent.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.role.PeerMessage;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.protocol.MalformedException;
import io.lockstep.replicator.testkit.Fuzz;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** What role machines tell each other, from a peer that means harm. */
class PeerFuzzTest {
  private static List<byte[]> valid() {
    Generation generation = new Generation(1, 2);
    List<byte[]> all = new ArrayList<>();
    for (PeerMessage each :
        List.of(
            new PeerMessage.BecomeOutdated(generation),
            new PeerMessage.OutdatedConfirmed(generation),
            new PeerMessage.TakeOver(generation, 77),
            new PeerMessage.TakeOver(generation, 78, true),
            new PeerMessage.TakeOverRefused("not now"),
            new PeerMessage.StopModule("an operator"),
            new PeerMessage.StartModule("an operator"),
            new PeerMessage.SwitchOver("an operator"),
            new PeerMessage.Yield(generation))) {
      all.add(PeerMessages.encode(each).array());
    }
    return all;
  }

  @Property(tries = 300, seed = "20261126")
  void controlMessagesAreReadOrRefused(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<byte[]> valid = valid();
    int refused = 0;
    for (int i = 0; i < 100; i++) {
      byte[] bytes = Fuzz.mangled(valid, random);
      refused += Fuzz.refused(bytes, PeerFuzzTest::read, List.of(MalformedException.class)) ? 1 : 0;
    }
    assertThat(refused).isPositive();
  }

  /** What is read can be told on, and then means the same. */
  private static void read(byte[] bytes) throws MalformedException {
    PeerMessage message = PeerMessages.decode(ByteBuffer.wrap(bytes));
    assertThat(PeerMessages.decode(PeerMessages.encode(message))).isEqualTo(message);
  }
}
