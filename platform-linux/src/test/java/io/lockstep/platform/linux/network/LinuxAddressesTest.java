package io.lockstep.platform.linux.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.lockstep.replicator.port.Addresses.VirtualAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two hosts on one wire: network namespaces joined by a veth pair. */
class LinuxAddressesTest {
  private static final Duration WAIT = Duration.ofMillis(600);
  private static final Duration LIFETIME = Duration.ofSeconds(60);
  private static final List<String> ADDRESSES = List.of("10.77.0.50", "fd77::50");

  private final LinuxAddresses addresses = new LinuxAddresses();
  private Namespace here;
  private Namespace there;

  @BeforeEach
  void joinTwoHosts() throws Exception {
    here = Namespace.create("lsta");
    there = Namespace.create("lstb");
    here.ip("link add wire type veth peer name wire netns " + there.name());
    for (Namespace host : List.of(here, there)) {
      host.ip("link set lo up");
      host.ip("link set wire up");
    }
    there.ip("addr add 10.77.0.2/24 dev wire");
    there.ip("addr add fd77::2/64 dev wire nodad");
  }

  @AfterEach
  void remove() throws Exception {
    here.remove();
    there.remove();
  }

  @Test
  void anAddressComesAndGoes() throws Exception {
    for (String ip : ADDRESSES) {
      VirtualAddress address = virtual(ip, "wire");
      here.call(
          () -> {
            assertThat(addresses.present(address)).isFalse();
            addresses.add(address, LIFETIME);
            addresses.add(address, LIFETIME);
            assertThat(addresses.present(address)).isTrue();
            return null;
          });
      assertThat(here.ip("addr show dev wire")).contains(ip + "/");
      here.call(
          () -> {
            addresses.remove(address);
            addresses.remove(address);
            assertThat(addresses.present(address)).isFalse();
            addresses.remove(virtual(ip, "none"));
            return null;
          });
      assertThat(here.ip("addr show dev wire")).doesNotContain(ip + "/");
    }
  }

  /** Who holds an address may be frozen or dead: the kernel goes on. */
  @Test
  void anAddressThatIsNotRenewedGoesByItself() throws Exception {
    for (String ip : ADDRESSES) {
      VirtualAddress address = virtual(ip, "wire");
      here.call(
          () -> {
            addresses.add(address, Duration.ofSeconds(2));
            return null;
          });
      long addedNs = System.nanoTime();
      await()
          .pollInterval(Duration.ofMillis(20))
          .atMost(Duration.ofSeconds(10))
          .until(() -> !here.call(() -> addresses.present(address)));
      assertThat(Duration.ofNanos(System.nanoTime() - addedNs))
          .as("lifetime of " + ip)
          .isBetween(Duration.ofMillis(900), Duration.ofMillis(4500));
    }
  }

  @Test
  void aRenewedAddressStays() throws Exception {
    for (String ip : ADDRESSES) {
      VirtualAddress address = virtual(ip, "wire");
      here.call(
          () -> {
            addresses.add(address, Duration.ofSeconds(2));
            addresses.add(address, LIFETIME);
            return null;
          });
      assertThat(here.ip("addr show dev wire")).contains("valid_lft 60sec");
    }
  }

  @Test
  void whatAnotherHostHasIsTaken() throws Exception {
    for (String ip : ADDRESSES) {
      VirtualAddress address = virtual(ip, "wire");
      assertThat(here.call(() -> addresses.takenByAnother(address, WAIT))).isFalse();
      there.call(
          () -> {
            addresses.add(address, LIFETIME);
            return null;
          });
      assertThat(here.call(() -> addresses.takenByAnother(address, WAIT))).isTrue();
      assertThat(there.call(() -> addresses.takenByAnother(address, WAIT))).isFalse();
    }
  }

  @Test
  void neighboursLearnTheNewPlace() throws Exception {
    for (String ip : ADDRESSES) {
      VirtualAddress address = virtual(ip, "wire");
      there.ip("neigh add " + ip + " lladdr 02:00:00:00:00:01 dev wire nud stale");
      here.call(
          () -> {
            addresses.add(address, LIFETIME);
            addresses.announce(address);
            return null;
          });
      String hardware = here.call(() -> hardware("wire"));
      await().until(() -> there.ip("neigh show " + ip + " dev wire").contains(hardware));
    }
  }

  @Test
  void refusalsSayWhatToDo() throws Exception {
    here.call(
        () -> {
          assertThatThrownBy(() -> addresses.add(virtual("10.77.0.50", "none"), LIFETIME))
              .isInstanceOf(IOException.class)
              .hasMessageContaining("there is no network interface none");
          VirtualAddress wrong =
              new VirtualAddress(InetAddress.getByName("10.77.0.50"), 99, "wire");
          assertThatThrownBy(() -> addresses.add(wrong, LIFETIME))
              .isInstanceOf(IOException.class)
              .hasMessageContaining("prefix length");
          addresses.announce(virtual("127.0.0.9", "lo"));
          assertThat(addresses.takenByAnother(virtual("127.0.0.9", "lo"), WAIT)).isFalse();
          return null;
        });
  }

  private static VirtualAddress virtual(String ip, String link) throws IOException {
    InetAddress address = InetAddress.getByName(ip);
    return new VirtualAddress(address, address.getAddress().length == 4 ? 24 : 64, link);
  }

  private static String hardware(String link) throws IOException {
    StringBuilder text = new StringBuilder();
    for (byte b : Link.require(link).hardware()) {
      text.append(text.isEmpty() ? "" : ":").append(String.format("%02x", b));
    }
    return text.toString();
  }
}
