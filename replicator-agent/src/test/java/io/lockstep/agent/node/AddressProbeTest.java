package io.lockstep.agent.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.replicator.execution.SystemExecution;
import io.lockstep.replicator.port.Addresses;
import io.lockstep.replicator.port.Addresses.VirtualAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A virtual address that another host has is never claimed as well. */
class AddressProbeTest {
  private final AtomicInteger asked = new AtomicInteger();
  private VirtualAddress free;
  private VirtualAddress wanted;

  @BeforeEach
  void addresses() throws IOException {
    free = new VirtualAddress(InetAddress.getByName("10.0.0.50"), 24, "eth0");
    wanted = new VirtualAddress(InetAddress.getByName("10.0.0.51"), 24, "eth0");
  }

  @Test
  void anAddressThatStaysTakenIsRefusedByNameWithWhatToDo() {
    assertThatThrownBy(() -> probe(Integer.MAX_VALUE).refuseTaken(List.of(free, wanted)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("10.0.0.51 on eth0")
        .hasMessageContaining("find that host");
    assertThat(asked.get()).isGreaterThan(1);
  }

  @Test
  void aPeerThatIsDyingGetsAMomentToLetItGo() throws Exception {
    probe(2).refuseTaken(List.of(free, wanted));
    assertThat(asked.get()).isEqualTo(3);
  }

  /** The other host answers for {@code answers} questions. */
  private AddressProbe probe(int answers) {
    return new AddressProbe(new Hurried(), new Neighbours(answers));
  }

  /** Half a second goes by at each look at the clock. */
  private static final class Hurried extends SystemExecution {
    private final AtomicLong ns = new AtomicLong();

    @Override
    public long nanoTime() {
      return ns.addAndGet(Duration.ofMillis(500).toNanos());
    }
  }

  /** A network in which another host has the wanted address for a while. */
  private final class Neighbours implements Addresses {
    private final int answers;

    private Neighbours(int answers) {
      this.answers = answers;
    }

    @Override
    public boolean takenByAnother(VirtualAddress address, Duration wait) {
      return address.equals(wanted) && asked.incrementAndGet() <= answers;
    }

    @Override
    public void add(VirtualAddress address, Duration lifetime) {
      throw new IllegalStateException("claimed without having asked");
    }

    @Override
    public void remove(VirtualAddress address) {
      throw new IllegalStateException("a probe takes nothing away");
    }

    @Override
    public boolean present(VirtualAddress address) {
      return false;
    }

    @Override
    public void announce(VirtualAddress address) {
      throw new IllegalStateException("announced without having asked");
    }
  }
}
