package io.lockstep.agent.node;

import io.lockstep.replicator.port.Addresses;
import io.lockstep.replicator.port.Addresses.VirtualAddress;
import io.lockstep.replicator.port.Interceptor;
import io.lockstep.replicator.port.Platform;
import io.lockstep.replicator.replication.PrimaryStream;
import io.lockstep.replicator.volume.ReplicatedVolume;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node has up while it serves a module: the volume under interception and the virtual
 * addresses. Effects thread only, but for the getters.
 */
final class Serving implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Serving.class);
  private static final long UNMOUNT_GRACE_MS = 2_000;
  private static final Duration PROBE = Duration.ofMillis(100);
  private static final Duration TAKEN_PATIENCE = Duration.ofSeconds(5);
  private static final long[] ANNOUNCE_AFTER_MS = {100, 300, 1_000, 2_000, 5_000, 15_000};

  private final ModuleContext context;
  private final ModuleData data;
  private final PrimaryStream stream;
  private final Guard guard;
  private final ReplicatedVolume.CopyFailed copyFailed;
  private final List<Interceptor.Mount> mounts = new ArrayList<>();
  private final ScheduledExecutorService announcer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "announcer");
            thread.setDaemon(true);
            return thread;
          });
  private volatile ReplicatedVolume volume;
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
  }

  /** The volume while mounted, else null. */
  ReplicatedVolume volume() {
    return volume;
  }

  boolean addressesUp() {
    return addressesUp;
  }

  /** Puts the interceptor over the directories. Nothing happens if it is there. */
  void mount() throws IOException {
    if (!mounts.isEmpty()) {
      return;
    }
    Platform platform = context.platform();
    int handlers = context.cluster().replication().handlers();
    ReplicatedVolume fresh =
        new ReplicatedVolume(
            data.store, stream, new SecureRandom().nextLong() | 1, context.excluded(), copyFailed);
    try {
      for (int i = 0; i < context.directories().size(); i++) {
        Path directory = context.directories().get(i);
        platform.uncover(directory);
        Interceptor.Mount mount = platform.interceptor(handlers).mount(fresh, i, directory);
        mounts.add(mount);
        guard.mounted(mount.abortHandle(), directory);
      }
    } catch (IOException | RuntimeException e) {
      unmount();
      throw e;
    }
    volume = fresh;
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
    volume = null;
  }

  /** Shows the directories read-only. */
  void showReadOnly() throws IOException {
    for (Path directory : context.directories()) {
      if (context.platform().cover(directory) == Platform.Cover.NONE) {
        context.platform().coverReadOnly(directory);
      }
    }
  }

  /** Adds the virtual addresses and tells the neighbours, now and a few times more. */
  void addAddresses() throws IOException {
    Addresses addresses = context.platform().addresses();
    List<VirtualAddress> missing = new ArrayList<>();
    for (VirtualAddress address : context.addresses()) {
      if (!addresses.present(address)) {
        missing.add(address);
      }
    }
    refuseTaken(addresses, missing);
    for (VirtualAddress address : missing) {
      guard.address(address);
      addresses.add(address);
    }
    addressesUp = true;
    announceAll();
    announceRepeatedly();
  }

  /**
   * Tells the neighbours again, a few times, where the addresses are. For when another node may
   * have claimed them meanwhile: after a partition in which both served, neighbours would go on
   * sending to the one that has let them go, until their own caches doubt it.
   */
  void announceRepeatedly() {
    for (long afterMs : ANNOUNCE_AFTER_MS) {
      // announceAll logs what it could not tell
      ScheduledFuture<?> unused =
          announcer.schedule(this::announceAll, afterMs, TimeUnit.MILLISECONDS);
    }
  }

  /** A dying peer may need a moment to let an address go. All addresses are asked for at once. */
  private static void refuseTaken(Addresses addresses, List<VirtualAddress> wanted)
      throws IOException {
    long endNs = System.nanoTime() + TAKEN_PATIENCE.toNanos();
    List<VirtualAddress> taken = taken(addresses, wanted);
    while (!taken.isEmpty() && System.nanoTime() < endNs) {
      taken = taken(addresses, taken);
    }
    if (!taken.isEmpty()) {
      VirtualAddress first = taken.get(0);
      throw new IOException(
          "another host answers at the virtual address "
              + first.address().getHostAddress()
              + " on "
              + first.networkInterface()
              + ": find that host and take the address from it");
    }
  }

  private static List<VirtualAddress> taken(Addresses addresses, List<VirtualAddress> wanted)
      throws IOException {
    try {
      return wanted.parallelStream().filter(address -> isTaken(addresses, address)).toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static boolean isTaken(Addresses addresses, VirtualAddress address) {
    try {
      return addresses.takenByAnother(address, PROBE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
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

  void removeAddresses() throws IOException {
    addressesUp = false;
    for (VirtualAddress address : context.addresses()) {
      context.platform().addresses().remove(address);
      guard.noAddress(address);
    }
  }

  @Override
  public void close() {
    announcer.shutdownNow();
  }
}
