package io.lockstep.agent.checker;

import io.lockstep.failover.application.Probe;
import io.lockstep.failover.application.Prober;
import io.lockstep.failover.application.Systemctl;
import io.lockstep.failover.application.UnitStatus;
import io.lockstep.replicator.port.Addresses;
import io.lockstep.replicator.port.Addresses.VirtualAddress;
import io.lockstep.replicator.port.ProcessGroups;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Performs the probes on the machine that this process runs on. Safe for any thread. */
public final class SystemProber implements Prober {
  private final String module;
  private final ProcessGroups groups;
  private final Addresses addresses;
  private final Supplier<List<VirtualAddress>> virtual;
  private final HttpProbe http = new HttpProbe();

  /**
   * For one module.
   *
   * @param virtual the module's virtual addresses as configured now
   */
  public SystemProber(
      String module,
      ProcessGroups groups,
      Addresses addresses,
      Supplier<List<VirtualAddress>> virtual) {
    this.module = module;
    this.groups = groups;
    this.addresses = addresses;
    this.virtual = virtual;
  }

  @Override
  public Optional<String> probe(Probe probe, Duration timeout)
      throws IOException, InterruptedException {
    if (probe instanceof Probe.Tcp tcp) {
      return tcp(tcp.address(), timeout);
    }
    if (probe instanceof Probe.Http wanted) {
      return http.probe(wanted, timeout);
    }
    if (probe instanceof Probe.Ping ping) {
      return ping(ping.address(), timeout);
    }
    if (probe instanceof Probe.Interface wanted) {
      return carrier(wanted.name());
    }
    if (probe instanceof Probe.VirtualAddresses) {
      return present();
    }
    if (probe instanceof Probe.Space space) {
      return space(space);
    }
    if (probe instanceof Probe.Processes processes) {
      return processes(processes.name());
    }
    if (probe instanceof Probe.OfUnit wanted) {
      UnitStatus status = Systemctl.show(wanted.unit(), timeout);
      return status.runs() ? Optional.empty() : Optional.of(status.told());
    }
    throw new IOException("not a probe but a command: " + probe);
  }

  private static Optional<String> tcp(InetSocketAddress address, Duration timeout) {
    try (Socket socket = new Socket()) {
      socket.connect(address, (int) timeout.toMillis());
      return Optional.empty();
    } catch (SocketTimeoutException e) {
      return Optional.of("no connection within " + timeout.toMillis() + " ms");
    } catch (IOException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /** As root an ICMP echo; without that right the JDK tries TCP port 7, where a refusal counts. */
  private static Optional<String> ping(InetAddress address, Duration timeout) throws IOException {
    return address.isReachable((int) timeout.toMillis())
        ? Optional.empty()
        : Optional.of("no answer within " + timeout.toMillis() + " ms");
  }

  private static Optional<String> carrier(String name) throws IOException {
    NetworkInterface found = NetworkInterface.getByName(name);
    if (found == null) {
      return Optional.of("there is no interface " + name);
    }
    return found.isUp() ? Optional.empty() : Optional.of(name + " is down or has no carrier");
  }

  private Optional<String> present() throws IOException {
    for (VirtualAddress address : virtual.get()) {
      if (!addresses.present(address)) {
        String missing = address.address().getHostAddress();
        return Optional.of(missing + " is not on " + address.networkInterface());
      }
    }
    return Optional.empty();
  }

  private static Optional<String> space(Probe.Space space) {
    File file = space.path().toFile();
    if (!file.exists()) {
      return Optional.of("there is no " + file);
    }
    long free = file.getUsableSpace();
    long mib = 1 << 20;
    return free >= space.freeBytes()
        ? Optional.empty()
        : Optional.of(free / mib + " MiB free of " + (space.freeBytes() + mib - 1) / mib + " MiB");
  }

  private Optional<String> processes(String name) throws IOException {
    ProcessGroups.ProcessGroup group = groups.group(module);
    if (group.empty()) {
      return Optional.of("the application has no processes");
    }
    return name.isEmpty() || group.processNames().contains(name)
        ? Optional.empty()
        : Optional.of("the application has no process " + name);
  }
}
