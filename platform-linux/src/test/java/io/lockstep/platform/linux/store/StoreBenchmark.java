package io.lockstep.platform.linux.store;

import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.FileStore.Access;
import io.lockstep.replicator.port.OpenFile;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/** Prints the mean time of a call and its processor time, in ns; run by hand. */
final class StoreBenchmark {
  private StoreBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    Path directory = Files.createTempDirectory("store-benchmark");
    try (FileStore store = StoreOpener.open(List.of(directory))) {
      measure("a system call that does nothing", 2_000_000, () -> Libc.close(-1));
      TreePath deep = TreePath.root(0);
      for (int i = 0; i < 3; i++) {
        deep = deep.resolve("directory" + i);
        store.create(deep, NewFile.directory(0755, 0, 0), new FileId(1, i));
      }
      TreePath top = TreePath.root(0).resolve("file");
      TreePath below = deep.resolve("file");
      for (TreePath path : List.of(top, below)) {
        store.create(path, NewFile.file(0644, 0, 0), new FileId(1, 9));
        measure("status " + path, 300_000, () -> store.status(path));
        measure("identity " + path, 300_000, () -> store.identity(path));
        measure("open+close " + path, 200_000, () -> close(store.open(path, Access.READ_WRITE)));
      }
      try (OpenFile file = store.open(top, Access.READ_WRITE)) {
        ByteBuffer page = ByteBuffer.allocateDirect(4096);
        measure("status of open file", 500_000, () -> store.status(file));
        measure("write 4 KiB", 200_000, () -> write(store, file, page));
        measure("read 4 KiB", 200_000, () -> store.read(file, page, 0));
      }
      int[] count = {0};
      measure("create file", 20_000, () -> create(store, count[0]++, NewFile.file(0644, 5, 5)));
      measure(
          "create directory",
          10_000,
          () -> create(store, count[0]++, NewFile.directory(0755, 5, 5)));
      measure("list 30 000 with ids", 3, () -> store.list(TreePath.root(0), true));
      measure("list 30 000", 3, () -> store.list(TreePath.root(0), false));
    }
  }

  private static Object close(OpenFile file) {
    file.close();
    return file;
  }

  private static Object write(FileStore store, OpenFile file, ByteBuffer page) throws Exception {
    store.write(file, page, 0);
    return file;
  }

  private static Object create(FileStore store, int number, NewFile what) throws Exception {
    TreePath path = TreePath.root(0).resolve("new" + number);
    store.create(path, what, new FileId(2, number));
    return path;
  }

  private static void measure(String what, int times, Callable<?> call) throws Exception {
    for (int i = 0; i < times / 10; i++) {
      call.call();
    }
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long start = System.nanoTime();
    long processor = threads.getCurrentThreadCpuTime();
    for (int i = 0; i < times; i++) {
      call.call();
    }
    long processorNs = (threads.getCurrentThreadCpuTime() - processor) / times;
    long elapsedNs = (System.nanoTime() - start) / times;
    System.out.printf("%-50s %,12d ns, processor %,12d ns%n", what, elapsedNs, processorNs);
  }
}
