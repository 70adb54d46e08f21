package io.lockstep.agent.node;

import io.lockstep.agent.configuration.ClusterConfiguration;
import io.lockstep.replicator.port.Addresses;
import io.lockstep.replicator.port.Addresses.VirtualAddress;
import io.lockstep.replicator.port.Interceptor;
import io.lockstep.replicator.port.Platform;
import io.lockstep.replicator.replication.PrimaryStream;
import io.lockstep.replicator.volume.ReplicatedVolume;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node has up while it serves a module: the volume under interception and the virtual
 * addresses. Effects thread only, but for the getters and renewals.
 */
final class Serving implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Serving.class);
  private static final long UNMOUNT_GRACE_MS = 2_000;
  static final long SETTLE_TIMEOUT_MS = 10_000;
  private static final Duration PUT_BACK_PROBE = Duration.ofMillis(100);

  private final ModuleContext context;
  private final ModuleData data;
  private final PrimaryStream stream;
  private final Guard guard;
  private final ReplicatedVolume.CopyFailed copyFailed;
  private final List<Interceptor.Mount> mounts = new ArrayList<>();
  private final Announcer announcer;
  private final OutsideView outside;
  private volatile ReplicatedVolume volume;

  /** The volume that was unmounted last; null when nothing of it can take effect any more. */
  private ReplicatedVolume before;

  private final ReentrantLock holding;
  private AddressLease lease = AddressLease.begun(0);
  private volatile boolean addressesUp;

  Serving(
      ModuleContext context,
      ModuleData data,
      PrimaryStream stream,
      Guard guard,
      ReplicatedVolume.CopyFailed copyFailed) {
    this.context = context;
    this.data = data;
    this.stream = stream;
    this.guard = guard;
    this.copyFailed = copyFailed;
    this.holding = context.execution().lock();
    this.announcer = new Announcer(context.execution(), this::announceAll);
    this.outside =
        new OutsideView(
            context.execution(),
            this::announceHeld,
            new OutsideCommand(context.name(), context.node()));
  }

  /** The volume while mounted, else null. */
  ReplicatedVolume volume() {
    return volume;
  }

  boolean addressesUp() {
    return addressesUp;
  }

  /**
   * Puts the interceptor over the directories. Nothing happens if it is there.
   *
   * @throws IOException also when an operation of the last time has not ended yet: what this one
   *     shows would change behind it
   */
  void mount() throws IOException, InterruptedException {
    if (!mounts.isEmpty()) {
      return;
    }
    if (!settled(SETTLE_TIMEOUT_MS)) {
      throw new IOException("operations of the service that was taken down have not ended");
    }
    data.sweepUnpublished(context.name());
    Platform platform = context.platform();
    ClusterConfiguration.Replication threads = context.cluster().replication();
    long epoch = epoch();
    data.names(epoch);
    ReplicatedVolume fresh =
        new ReplicatedVolume(
            context.execution(), data.store, stream, epoch, context.excluded(), copyFailed);
    try {
      for (int i = 0; i < context.directories().size(); i++) {
        Path directory = context.directories().get(i);
        platform.uncover(directory);
        Interceptor interceptor = platform.interceptor(threads.handlers(), threads.queues());
        Interceptor.Mount mount = interceptor.mount(fresh, i, directory);
        mounts.add(mount);
        guard.mounted(mount.abortHandle(), directory);
      }
    } catch (IOException | RuntimeException e) {
      unmount();
      throw e;
    }
    volume = fresh;
  }

  private long epoch() {
    UUID random = context.execution().randomUuid();
    return random.getMostSignificantBits() ^ random.getLeastSignificantBits() | 1;
  }

  /** Writes back what applications have mapped, then takes the interceptor away. */
  void unmount() throws IOException {
    IOException failure = null;
    for (Interceptor.Mount mount : mounts) {
      try {
        mount.unmount(UNMOUNT_GRACE_MS);
        guard.unmounted(mount.abortHandle(), mount.at());
      } catch (IOException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
    mounts.clear();
    if (volume != null) {
      before = volume;
      before.gate().shut();
    }
    volume = null;
  }

  /**
   * Waits until every operation of what was unmounted last has ended; returns whether that is so
   * within the time. Whoever asked for them is gone, and must not see them take effect later.
   */
  boolean settled(long timeoutMs) throws InterruptedException {
    if (before == null) {
      return true;
    }
    if (!before.gate().awaitNone(timeoutMs)) {
      return false;
    }
    before = null;
    return true;
  }

  /** Shows the directories read-only. */
  void showReadOnly() throws IOException {
    for (Path directory : context.directories()) {
      if (context.platform().cover(directory) == Platform.Cover.NONE) {
        context.platform().coverReadOnly(directory);
      }
    }
  }

  /**
   * Adds the virtual addresses and tells the neighbours, now and a few times more. The kernel takes
   * them away again unless they are {@link #renewAddresses renewed}.
   */
  void addAddresses() throws IOException, InterruptedException {
    Addresses addresses = context.platform().addresses();
    List<VirtualAddress> missing = new ArrayList<>();
    for (VirtualAddress address : context.addresses()) {
      if (!addresses.present(address)) {
        missing.add(address);
      }
    }
    new AddressProbe(context.execution(), addresses).refuseTaken(missing);
    holding.lock();
    try {
      for (VirtualAddress address : context.addresses()) {
        guard.address(address);
        addresses.add(address, context.cluster().timing().addressLease());
      }
      lease = AddressLease.begun(context.platform().bootTimeNs());
      addressesUp = true;
    } finally {
      holding.unlock();
    }
    announceAll();
    announceRepeatedly();
  }

  /**
   * Tells the neighbours again, a few times, where the addresses are, and where somebody outside is
   * asked about one, until that is seen there. For when another node may have claimed them
   * meanwhile: after a partition in which both served, neighbours would go on sending to the one
   * that has let them go, until their own caches doubt it.
   */
  void announceRepeatedly() {
    announcer.repeat();
    holding.lock();
    try {
      if (addressesUp) {
        outside.begin(context.confirmed());
      }
    } finally {
      holding.unlock();
    }
  }

  /** What an outside host sees of the addresses. */
  OutsideView outside() {
    return outside;
  }

  private void announceHeld(VirtualAddress address) {
    if (addressesUp) {
      announce(address);
    }
  }

  private void announceAll() {
    if (addressesUp) {
      context.addresses().forEach(this::announce);
    }
  }

  private void announce(VirtualAddress address) {
    try {
      context.platform().addresses().announce(address);
    } catch (IOException e) {
      LOG.warn("Cannot announce {}: {}", address, e.getMessage());
    }
  }

  /**
   * Renews the addresses while they are up, and puts one back that was taken away. Any thread.
   *
   * @param followed whether a peer in sync could have taken over
   * @return what an operator should know; mostly nothing
   */
  List<String> renewAddresses(boolean followed) {
    List<String> told = new ArrayList<>(outside.news());
    holding.lock();
    try {
      if (!addressesUp) {
        return told;
      }
      ClusterConfiguration.Timing timing = context.cluster().timing();
      lease =
          lease.looked(
              context.platform().bootTimeNs(),
              timing.addressLease(),
              timing.takeoverAfter(),
              followed);
      for (VirtualAddress address : context.addresses()) {
        renew(address, timing.addressLease()).ifPresent(told::add);
      }
    } finally {
      holding.unlock();
    }
    return told;
  }

  private Optional<String> renew(VirtualAddress address, Duration lifetime) {
    Addresses addresses = context.platform().addresses();
    try {
      switch (lease.action(addresses.present(address))) {
        case LEAVE -> {
          return Optional.empty();
        }
        case RENEW -> {
          addresses.add(address, lifetime);
          return Optional.empty();
        }
        case PUT_BACK -> {
          if (addresses.takenByAnother(address, PUT_BACK_PROBE)) {
            return Optional.empty();
          }
          addresses.add(address, lifetime);
          addresses.announce(address);
          return Optional.of(
              "The address "
                  + address.address().getHostAddress()
                  + " was gone from "
                  + address.networkInterface()
                  + " and is back.");
        }
      }
    } catch (IOException e) {
      LOG.warn("Cannot renew {}: {}", address, e.getMessage());
    }
    return Optional.empty();
  }

  void removeAddresses() throws IOException {
    holding.lock();
    try {
      addressesUp = false;
      outside.end();
      for (VirtualAddress address : context.addresses()) {
        context.platform().addresses().remove(address);
        guard.noAddress(address);
      }
    } finally {
      holding.unlock();
    }
  }

  @Override
  public void close() {
    announcer.close();
    outside.close();
  }
}
