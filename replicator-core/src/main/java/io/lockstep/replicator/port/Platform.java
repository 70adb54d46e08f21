package io.lockstep.replicator.port;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;

/** What Lockstep needs of an operating system; found with {@link java.util.ServiceLoader}. */
public interface Platform {
  /**
   * The one that this process runs on.
   *
   * @throws IOException when Lockstep has none for it
   */
  static Platform here() throws IOException {
    for (Platform platform : ServiceLoader.load(Platform.class)) {
      if (platform.current()) {
        return platform;
      }
    }
    throw new IOException("Lockstep has no platform for " + System.getProperty("os.name"));
  }

  /** For messages. */
  String name();

  /** Whether this process runs on it. */
  boolean current();

  /** What is mounted at a directory. */
  enum Cover {
    /** Nothing of ours: an ordinary directory. */
    NONE,
    /** The read-only view that Lockstep puts over a secondary's directory. */
    READ_ONLY_VIEW,
    /** A live or dead mount of Lockstep's interceptor. */
    INTERCEPTED,
    /** A mount that is not Lockstep's: the directory is itself a mount point. */
    FOREIGN
  }

  /**
   * Opens the module's directories, which nothing of Lockstep's may cover ({@link #uncover} first).
   *
   * @throws IOException naming the directory and what is wrong with it: missing, no directory,
   *     another mount inside it, a file system without what Lockstep needs
   */
  FileStore openStore(List<Path> directories) throws IOException;

  /** What covers {@code directory} now (the uppermost layer). */
  Cover cover(Path directory) throws IOException;

  /**
   * Takes away every layer that Lockstep left over {@code directory}: read-only views and dead
   * mounts.
   */
  void uncover(Path directory) throws IOException;

  /** Shows {@code directory} read-only to everyone but the stores opened before. */
  void coverReadOnly(Path directory) throws IOException;

  /**
   * Takes out of directories that are managed no more, and that nothing covers, what Lockstep kept
   * in them beside their content: identities, the staging place. On stable storage on return.
   *
   * @return how many files had an identity
   * @throws IOException also where the platform cannot do it
   */
  default long forget(List<Path> directories) throws IOException {
    throw new IOException("Lockstep cannot take its marks off files on " + name() + " yet");
  }

  Interceptor interceptor();

  /**
   * The same with that many threads for each mount, and, if {@code queues}, requests in a queue for
   * each processor; a platform that has no such things ignores them.
   */
  default Interceptor interceptor(int handlers, boolean queues) {
    return interceptor();
  }

  Addresses addresses();

  ProcessGroups processGroups();

  /** Where an application can be tried without touching anything that is real. */
  default Rehearsals rehearsals() {
    return Rehearsals.NONE;
  }

  /**
   * Changes at every boot of the machine and at no other time; the environment variable
   * LOCKSTEP_BOOT_ID overrides it for tests.
   */
  String bootId() throws IOException;

  /**
   * A clock that goes on while the machine is suspended (CLOCK_BOOTTIME), in ns from any origin.
   */
  long bootTimeNs();

  /**
   * From now on the calling thread is given a processor before the threads of others, where that is
   * possible: what it does must be short.
   */
  default void hurry() {}

  /** A say in what idle processors do; the caller closes it. */
  default IdleProcessors idleProcessors() {
    return IdleProcessors.AS_THE_SYSTEM_LIKES;
  }

  /** Ways to write to a socket past its event loop. */
  default SocketWriter.Maker socketWriters() {
    return SocketWriter.Maker.NONE;
  }

  /** A way to put single files where an application has its own. */
  default Placer placer() {
    return Placer.NONE;
  }

  /** A way to take room for files of Lockstep's own. */
  default SpaceReserver spaceReserver() {
    return SpaceReserver.NONE;
  }
}
