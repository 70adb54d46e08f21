package io.lockstep.platform.linux.store;

import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.FileStoreContract;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;

/** The store by openat2(2) keeps the contract on the machine's own file system. */
class PosixFileStoreTest extends FileStoreContract {
  @TempDir Path directory;

  @Override
  protected FileStore openEmpty() throws Exception {
    Path a = Files.createDirectory(directory.resolve("a"));
    Path b = Files.createDirectory(directory.resolve("b"));
    return StoreOpener.open(List.of(a, b), true);
  }
}
