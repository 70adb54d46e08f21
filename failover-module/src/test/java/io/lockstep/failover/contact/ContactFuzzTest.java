package io.lockstep.failover.contact;

import io.lockstep.failover.role.Role;
import io.lockstep.replicator.model.Ancestor;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.testkit.Fuzz;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Contact records from a peer that means harm; what can be read also gets a verdict. */
class ContactFuzzTest {
  private static ContactRecord record(UUID own) {
    Generation first = new Generation(0, 1);
    Generation second = new Generation(0, 2);
    return new ContactRecord(
        "c",
        "m",
        own,
        second,
        List.of(new Ancestor(second, first, 5), new Ancestor(first, Generation.NONE, 0)),
        Role.ALONE,
        true,
        DataState.UP_TO_DATE,
        false,
        true,
        false,
        false,
        9,
        8,
        7,
        6,
        true,
        new UUID(1, 2),
        4,
        Generation.NONE,
        Set.of(new UUID(9, 9)),
        new SplitBallot(SplitPolicy.KEEP_MOST_CHANGES, 1, 2, true));
  }

  @Property(tries = 300, seed = "20261126")
  void recordsAreReadOrRefused(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    ContactRecord mine = record(new UUID(1, 1));
    byte[] valid = ContactCodec.encode(record(new UUID(1, 2)));
    for (int i = 0; i < 50; i++) {
      byte[] bytes = Fuzz.mangled(List.of(valid), random);
      Fuzz.refused(
          bytes,
          b -> FirstContact.decide(mine, ContactCodec.decode(ByteBuffer.wrap(b))),
          List.of(IllegalArgumentException.class));
    }
  }
}
