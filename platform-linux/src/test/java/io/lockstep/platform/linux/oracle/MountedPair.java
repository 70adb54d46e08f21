package io.lockstep.platform.linux.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.platform.linux.fuse.FuseInterceptor;
import io.lockstep.platform.linux.fuse.FuseMount;
import io.lockstep.platform.linux.fuse.KnownFiles;
import io.lockstep.platform.linux.store.StoreOpener;
import io.lockstep.replicator.execution.SystemExecution;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.testkit.TreeDigest;
import io.lockstep.replicator.volume.ReplicatedVolume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * An ext4 file system with three directories: {@link #mount}, a primary's, intercepted; its
 * secondary's; and {@link #plain}, which is the oracle and just a directory.
 */
final class MountedPair implements AutoCloseable {
  final Path mount;
  final Path secondary;
  final Path plain;
  final List<String> copyFailures = new CopyOnWriteArrayList<>();
  private final Ext4 ext4;
  private final FileStore primaryStore;
  private final FileStore secondaryStore;
  private final FileStore plainStore;
  private final Mirror mirror;
  private final FuseMount fuse;

  MountedPair(Path directory, long megabytes) throws IOException {
    this(directory, megabytes, true);
  }

  /** {@code queues} as {@link FuseInterceptor} has it. */
  MountedPair(Path directory, long megabytes, boolean queues) throws IOException {
    ext4 = Ext4.make(directory, "ext4", megabytes);
    mount = ext4.directory("primary");
    secondary = ext4.directory("secondary");
    plain = ext4.directory("plain");
    primaryStore = StoreOpener.open(List.of(mount));
    secondaryStore = StoreOpener.open(List.of(secondary));
    plainStore = StoreOpener.open(List.of(plain));
    mirror = new Mirror(secondaryStore);
    ReplicatedVolume volume =
        new ReplicatedVolume(
            new SystemExecution(), primaryStore, mirror, 42, path -> false, copyFailures::add);
    KnownFiles known = KnownFiles.forHeap(Runtime.getRuntime().maxMemory());
    FuseInterceptor interceptor =
        new FuseInterceptor(FuseInterceptor.DEFAULT_WORKERS, known, queues);
    fuse = interceptor.mount(volume, 0, mount);
  }

  /** Operations that the secondary got so far. */
  long operations() {
    return mirror.numbered();
  }

  /** Waits for the secondary; fails unless its tree is the primary's. */
  void assertInSync() throws IOException, InterruptedException {
    assertThat(mirror.drain()).as("operations that the secondary cannot apply").isEmpty();
    assertThat(copyFailures).as("failures of the primary's copy").isEmpty();
    assertThat(TreeDigest.of(primaryStore).differences(TreeDigest.of(secondaryStore)))
        .as("- primary, + secondary")
        .isEmpty();
  }

  /** As {@link #assertInSync}; and both trees must look as the plain one. */
  void assertLikePlain() throws IOException, InterruptedException {
    assertInSync();
    Map<String, String> expected = TreeText.of(plainStore);
    assertThat(TreeText.of(primaryStore))
        .as("primary")
        .containsExactlyInAnyOrderEntriesOf(expected);
    assertThat(TreeText.of(secondaryStore))
        .as("secondary")
        .containsExactlyInAnyOrderEntriesOf(expected);
  }

  /** Removes everything from the mount and from the plain directory. */
  void empty() throws IOException, InterruptedException {
    Shell.run(mount, "find . -mindepth 1 -delete; cd '" + plain + "'; find . -mindepth 1 -delete");
  }

  @Override
  public void close() throws IOException {
    fuse.unmount(5000);
    mirror.close();
    primaryStore.close();
    secondaryStore.close();
    plainStore.close();
    ext4.close();
  }

  /**
   * For trying by hand: mounts a pair below the directory given, until standard input ends, then
   * compares. Other test suites can be run in it.
   */
  public static void main(String[] arguments) throws Exception {
    Path directory = Files.createDirectories(Path.of(arguments[0]));
    try (MountedPair pair = new MountedPair(directory, 8192)) {
      System.out.println(pair.mount + " is intercepted; " + pair.plain + " is not");
      while (System.in.read() >= 0) {
        // until its end
      }
      pair.assertInSync();
      System.out.println("in sync after " + pair.operations() + " operations");
    }
  }
}
