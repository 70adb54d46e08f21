package io.lockstep.replicator.port;

import io.lockstep.replicator.volume.Volume;
import java.io.IOException;
import java.nio.file.Path;

/** Puts a volume in the way of the applications that use a directory. */
public interface Interceptor {
  /** One directory under interception. */
  interface Mount extends AutoCloseable {
    /** Where. */
    Path at();

    /** Whether requests are served. */
    boolean alive();

    /**
     * What a guardian outside this process needs to free applications that hang in the mount: on
     * Linux the FUSE connection's number; empty if nothing.
     */
    String abortHandle();

    /**
     * Stops interception: what applications have mapped or cached is written back through the
     * volume first. Lazily, if the directory is still in use after {@code graceMs}.
     */
    void unmount(long graceMs) throws IOException;

    /** As {@link #unmount} without grace. */
    @Override
    void close() throws IOException;
  }

  /**
   * Serves directory number {@code directory} of {@code volume} at {@code at}, in place: over the
   * directory that the file store was opened on before.
   *
   * @throws IOException with what is missing and what to do
   */
  Mount mount(Volume volume, int directory, Path at) throws IOException;
}
