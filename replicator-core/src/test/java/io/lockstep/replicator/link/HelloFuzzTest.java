package io.lockstep.replicator.link;

import io.lockstep.replicator.testkit.Fuzz;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Hellos from anyone who reaches the port. */
class HelloFuzzTest {
  @Property(tries = 200, seed = "20261126")
  void hellosAreReadOrRefused(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    PeerHello peer =
        new PeerHello(1, List.of("lz4", "x"), "c", "node", new UUID(1, 2), "boot", "hash", "1.0");
    byte[] valid =
        new HelloMessage(
                HelloMessage.Role.DIALER,
                Link.Lane.BULK,
                new UUID(1, 1),
                new UUID(2, 2),
                new UUID(3, 3),
                4,
                peer)
            .encode();
    for (int i = 0; i < 100; i++) {
      byte[] bytes = Fuzz.mangled(List.of(valid), random);
      Fuzz.refused(bytes, HelloMessage::decode, List.of(Frames.Malformed.class));
    }
  }
}
