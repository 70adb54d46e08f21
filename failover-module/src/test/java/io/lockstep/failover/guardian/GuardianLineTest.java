package io.lockstep.failover.guardian;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;

class GuardianLineTest {
  @Test
  void fieldsHoldAnything() {
    assertThat(GuardianLine.of("CGROUP", "/a b/100%\\x41\n/ü"))
        .isEqualTo("CGROUP /a%20b/100%25%5Cx41%0A/%C3%BC");
  }

  @Test
  void addressesAreWrittenAsTheyAreAdded() throws Exception {
    assertThat(GuardianLine.address(InetAddress.getByName("10.0.1.50"), 24, "eth0"))
        .isEqualTo("ADDRESS 10.0.1.50/24 eth0");
    assertThat(GuardianLine.address(InetAddress.getByName("fd00::50"), 64, "eth0"))
        .isEqualTo("ADDRESS fd00:0:0:0:0:0:0:50/64 eth0");
  }
}
