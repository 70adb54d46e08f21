package io.lockstep.failover.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.failover.role.PeerStatus;
import io.lockstep.failover.role.Role;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.testkit.Fuzz;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Datagrams from anyone, and from one who has the key and means harm. */
class DatagramFuzzTest {
  private static final byte[] KEY = "key".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
  private static final int CODE_BYTES = 32;

  private static byte[] valid(DatagramCodec codec) {
    PeerStatus status =
        new PeerStatus(Role.PRIMARY, new Generation(1, 2), 3, DataState.UP_TO_DATE, true, 4);
    return codec.encode(
        new Datagram(
            false,
            "cluster",
            "node",
            new UUID(1, 2),
            "boot",
            new UUID(3, 4),
            5,
            new UUID(6, 7),
            8,
            Map.of("desk", status, "radio", status)));
  }

  @Test
  void whatAModuleTellsArrives() {
    DatagramCodec codec = new DatagramCodec(KEY);
    for (boolean asks : new boolean[] {false, true}) {
      for (boolean fails : new boolean[] {false, true}) {
        PeerStatus status =
            new PeerStatus(
                Role.BLOCKED, new Generation(1, 2), 3, DataState.OUTDATED, asks, 4, fails, !fails);
        Datagram sent =
            new Datagram(
                true,
                "cluster",
                "node",
                new UUID(1, 2),
                "boot",
                new UUID(3, 4),
                5,
                new UUID(6, 7),
                8,
                Map.of("desk", status));
        assertThat(codec.decode(ByteBuffer.wrap(codec.encode(sent)))).isEqualTo(sent);
      }
    }
  }

  @Property(tries = 200, seed = "20261126")
  void withoutTheKeyNothingIsBelieved(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    DatagramCodec codec = new DatagramCodec(KEY);
    byte[] valid = valid(codec);
    for (int i = 0; i < 50; i++) {
      byte[] bytes = Fuzz.mangled(List.of(valid), random);
      Fuzz.refused(
          bytes,
          b -> {
            boolean believed = codec.decode(ByteBuffer.wrap(b)) != null;
            assertThat(believed).isEqualTo(Arrays.equals(b, valid));
          },
          List.of());
    }
  }

  @Property(tries = 200, seed = "20261126")
  void withTheKeyNonsenseIsDropped(@ForAll long seed) throws GeneralSecurityException {
    SplittableRandom random = new SplittableRandom(seed);
    DatagramCodec codec = new DatagramCodec(KEY);
    byte[] whole = valid(codec);
    byte[] body = Arrays.copyOf(whole, whole.length - CODE_BYTES);
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(KEY, "HmacSHA256"));
    for (int i = 0; i < 50; i++) {
      byte[] mangled = Fuzz.mangled(List.of(body), random);
      byte[] signed = Arrays.copyOf(mangled, mangled.length + CODE_BYTES);
      System.arraycopy(mac.doFinal(mangled), 0, signed, mangled.length, CODE_BYTES);
      Fuzz.refused(signed, b -> codec.decode(ByteBuffer.wrap(b)), List.of());
    }
  }
}
