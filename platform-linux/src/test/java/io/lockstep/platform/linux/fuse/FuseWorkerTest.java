package io.lockstep.platform.linux.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.platform.linux.syscall.Errno;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When a worker ends, and what of it. */
class FuseWorkerTest {
  private static final int EINVAL = 22;

  /** Brings nothing but one error. */
  private static final class Failing extends NoChannel {
    private final int errno;
    private final AtomicInteger left;
    boolean broken;

    Failing(int errno, int times) {
      this.errno = errno;
      this.left = new AtomicInteger(times);
    }

    @Override
    public int next() {
      return left.getAndDecrement() > 0 ? errno : Errno.ENODEV;
    }

    @Override
    public void broken() {
      broken = true;
    }
  }

  @ParameterizedTest
  @CsvSource({
    Errno.ENODEV + ",false",
    Errno.ENOTCONN + ",false",
    Errno.ECONNABORTED + ",false",
    EINVAL + ",true",
    Errno.EIO + ",true"
  })
  void endsWithItsMountAndBreaksTheConnectionOnlyWhereNobodyKnowsWhy(int errno, boolean breaks) {
    Failing channel = new Failing(errno, 1);
    AtomicInteger ended = new AtomicInteger();
    new FuseWorker(channel, null, ended::incrementAndGet).run();
    assertThat(channel.broken).isEqualTo(breaks);
    assertThat(ended).hasValue(1);
    assertThat(channel.left.get()).as("it asked once").isZero();
  }

  @Test
  void aRequestThatWasTakenBackIsNoEnd() {
    Failing channel = new Failing(Errno.ENOENT, 3);
    new FuseWorker(channel, null, () -> {}).run();
    assertThat(channel.left.get()).as("it went on until the mount was gone").isEqualTo(-1);
    assertThat(channel.broken).isFalse();
  }
}
