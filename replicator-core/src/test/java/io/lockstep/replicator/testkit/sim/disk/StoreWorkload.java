package io.lockstep.replicator.testkit.sim.disk;

import io.lockstep.replicator.model.Allocation;
import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.FileStore.Access;
import io.lockstep.replicator.port.OpenFile;
import io.lockstep.replicator.port.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/** Random calls on a {@link SimStore}, told to {@link AllowedStates}; one seed decides them all. */
final class StoreWorkload {
  private static final String[] NAMES = {"a", "b", "c", "d"};
  private static final int MAX_BYTES = 5 * Page.BYTES;

  final SimStore store;
  final AllowedStates allowed;
  private final SplittableRandom random;
  private long nextId = 1;

  StoreWorkload(long seed) throws IOException {
    random = new SplittableRandom(seed);
    long[] clock = {0};
    store = new SimStore(1, random.split(), () -> clock[0] += 1_000_000);
    allowed = new AllowedStates(store);
  }

  void run(int calls) throws IOException {
    for (int i = 0; i < calls; i++) {
      try {
        call();
      } catch (StoreException refused) {
        // a random call may well be impossible
      }
      allowed.observe(store);
    }
  }

  private void call() throws IOException {
    TreePath path = path();
    switch (random.nextInt(16)) {
      case 0, 1 -> store.create(path, NewFile.file(0600, 1, 2), new FileId(5, nextId++));
      case 2 -> store.create(path, NewFile.directory(0700, 1, 2), new FileId(5, nextId++));
      case 3 -> store.link(path, path());
      case 4 -> store.remove(path, store.status(path).kind() == FileKind.DIRECTORY);
      case 5 -> store.rename(path, path(), random.nextBoolean());
      case 6 -> store.exchange(path, path());
      case 7 -> store.setAttributes(path, AttributeChange.permissions(random.nextInt(0777)));
      case 8 -> store.setXattr(path, new byte[] {'u'}, new byte[] {(byte) random.nextInt(9)});
      case 9 -> {
        TreePath directory = random.nextBoolean() ? TreePath.root(0) : path.parent();
        store.syncDirectory(directory);
        allowed.directorySynced(store.identity(directory).orElseThrow());
      }
      case 10 -> {
        if (random.nextInt(4) == 0) {
          store.syncAll();
          allowed.allSynced();
        }
      }
      case 11 -> {
        boolean dataOnly = random.nextBoolean();
        try (OpenFile file = store.open(path, Access.READ_WRITE)) {
          store.sync(file, dataOnly);
        }
        allowed.fileSynced(store.identity(path).orElseThrow(), dataOnly);
      }
      case 12 -> {
        try (OpenFile file = store.open(path, Access.READ_WRITE)) {
          store.truncate(file, random.nextInt(MAX_BYTES));
        }
      }
      case 13 -> {
        Allocation how = Allocation.values()[random.nextInt(Allocation.values().length)];
        try (OpenFile file = store.open(path, Access.READ_WRITE)) {
          store.allocate(file, how, random.nextInt(MAX_BYTES), 1 + random.nextInt(MAX_BYTES));
        }
      }
      default -> write(path);
    }
  }

  private void write(TreePath path) throws IOException {
    ByteBuffer data = ByteBuffer.allocateDirect(1 + random.nextInt(2 * Page.BYTES));
    byte fill = (byte) (1 + random.nextInt(120));
    while (data.hasRemaining()) {
      data.put(fill);
    }
    try (OpenFile file = store.open(path, Access.READ_WRITE)) {
      store.write(file, data.flip(), random.nextInt(MAX_BYTES));
    }
  }

  private TreePath path() {
    TreePath path = TreePath.root(0).resolve(NAMES[random.nextInt(NAMES.length)]);
    return random.nextInt(3) == 0 ? path.resolve(NAMES[random.nextInt(NAMES.length)]) : path;
  }
}
