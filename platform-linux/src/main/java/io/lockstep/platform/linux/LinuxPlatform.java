package io.lockstep.platform.linux;

import io.lockstep.platform.linux.fuse.FuseInterceptor;
import io.lockstep.platform.linux.fuse.KnownFiles;
import io.lockstep.platform.linux.mount.Covers;
import io.lockstep.platform.linux.network.DuplicatedSocket;
import io.lockstep.platform.linux.network.LinuxAddresses;
import io.lockstep.platform.linux.process.Cgroups;
import io.lockstep.platform.linux.processor.LatencyRequest;
import io.lockstep.platform.linux.rehearsal.LinuxRehearsals;
import io.lockstep.platform.linux.store.Placing;
import io.lockstep.platform.linux.store.Reservation;
import io.lockstep.platform.linux.store.StoreOpener;
import io.lockstep.platform.linux.store.Traces;
import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.platform.linux.syscall.Scratch;
import io.lockstep.replicator.port.Addresses;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.IdleProcessors;
import io.lockstep.replicator.port.Interceptor;
import io.lockstep.replicator.port.Placer;
import io.lockstep.replicator.port.Platform;
import io.lockstep.replicator.port.ProcessGroups;
import io.lockstep.replicator.port.Rehearsals;
import io.lockstep.replicator.port.SocketReader;
import io.lockstep.replicator.port.SocketWriter;
import io.lockstep.replicator.port.SpaceReserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Linux 5.6 or newer on 64-bit x86 or ARM, as root. Safe for any thread. Constructing it calls
 * nothing native, so that {@link java.util.ServiceLoader} may do it anywhere.
 */
public final class LinuxPlatform implements Platform {
  private static final Logger LOG = LoggerFactory.getLogger(LinuxPlatform.class);
  private static final int CLOCK_BOOTTIME = 7;
  private static final int PRIO_PROCESS = 0;
  private static final int HURRIED_NICE = -10;
  private static final long SECOND_NS = 1_000_000_000L;
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  private final KnownFiles known = KnownFiles.forHeap(Runtime.getRuntime().maxMemory());

  @Override
  public String name() {
    return "Linux";
  }

  @Override
  public boolean current() {
    return System.getProperty("os.name").equals("Linux");
  }

  @Override
  public FileStore openStore(List<Path> directories) throws IOException {
    for (Path directory : directories) {
      Cover cover = Covers.cover(directory);
      if (cover == Cover.READ_ONLY_VIEW || cover == Cover.INTERCEPTED) {
        throw new IOException(
            directory
                + " is covered by Lockstep already ("
                + cover
                + "): uncover it before it is opened, or stop the agent that serves it");
      }
    }
    return StoreOpener.open(directories);
  }

  @Override
  public Cover cover(Path directory) throws IOException {
    return Covers.cover(directory);
  }

  @Override
  public void uncover(Path directory) throws IOException {
    Covers.uncover(directory);
  }

  @Override
  public void coverReadOnly(Path directory) throws IOException {
    Covers.coverReadOnly(directory);
  }

  @Override
  public long forget(List<Path> directories) throws IOException {
    return Traces.remove(directories);
  }

  /** In Linux a priority is a thread's; without the right to a higher one it stays as it is. */
  @Override
  public void hurry() {
    if (Libc.setpriority(PRIO_PROCESS, 0, HURRIED_NICE) < 0) {
      LOG.info("This process may not put a thread before others: busy processors delay the peer");
    }
  }

  @Override
  public IdleProcessors idleProcessors() {
    return new LatencyRequest();
  }

  @Override
  public SocketWriter.Maker socketWriters() {
    return new SocketWriter.Maker() {
      @Override
      public Optional<SocketWriter> writer(int descriptor) throws IOException {
        return Optional.of(DuplicatedSocket.of(descriptor));
      }

      @Override
      public Optional<SocketReader> reader(int descriptor) throws IOException {
        return Optional.of(DuplicatedSocket.of(descriptor));
      }
    };
  }

  @Override
  public SpaceReserver spaceReserver() {
    return new Reservation();
  }

  @Override
  public Placer placer() {
    return new Placing();
  }

  @Override
  public Interceptor interceptor() {
    return interceptor(FuseInterceptor.DEFAULT_WORKERS, true);
  }

  @Override
  public Interceptor interceptor(int handlers, boolean queues) {
    return new FuseInterceptor(handlers, known, queues);
  }

  @Override
  public Addresses addresses() {
    return new LinuxAddresses();
  }

  @Override
  public Rehearsals rehearsals() {
    return new LinuxRehearsals();
  }

  @Override
  public ProcessGroups processGroups() {
    return new Cgroups();
  }

  @Override
  public String bootId() throws IOException {
    String forTests = System.getenv("LOCKSTEP_BOOT_ID");
    return forTests != null ? forTests : Files.readString(BOOT_ID).trim();
  }

  @Override
  public long bootTimeNs() {
    Scratch scratch = Scratch.get();
    if (Libc.clock_gettime(CLOCK_BOOTTIME, scratch.value()) != 0) {
      throw new IllegalStateException("the kernel has no CLOCK_BOOTTIME: Lockstep needs Linux 5.6");
    }
    return scratch.valueLong(0) * SECOND_NS + scratch.valueLong(8);
  }
}
