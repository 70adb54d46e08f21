package io.lockstep.platform.linux.syscall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class IoUringTest {
  private static final byte NOTHING = 0;
  private static final byte NO_SUCH_COMMAND = (byte) 255;
  private static final int EINVAL = 22;

  @Test
  void eachCommandReturnsItsOwnResultHoweverMany() throws Exception {
    try (IoUring ring = opened()) {
      for (int i = 0; i < 10; i++) {
        ring.command().put(0, NOTHING);
        assertThat(ring.perform()).isZero();
        ring.command().put(0, NO_SUCH_COMMAND);
        assertThat(ring.perform()).isEqualTo(-EINVAL);
      }
      ring.command().put(0, NOTHING);
      assertThat(ring.submit()).isZero();
      assertThat(ring.result()).isZero();
    }
  }

  private static IoUring opened() {
    try {
      return IoUring.open();
    } catch (IOException e) {
      assumeTrue(false, e.getMessage());
      throw new AssertionError(e);
    }
  }
}
