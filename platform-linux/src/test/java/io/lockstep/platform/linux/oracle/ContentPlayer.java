package io.lockstep.platform.linux.oracle;

import io.lockstep.platform.linux.oracle.OpenContent.Way;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Random;

/**
 * Changes a file's content at random, by every kind of call that can, and compares each reading and
 * the size with a model. One seed makes one sequence. Several players may share a file and its
 * model, each in a range of its own; then none changes the size.
 */
final class ContentPlayer implements AutoCloseable {
  private static final int PAGE = 4096;
  private static final int MOST_AT_ONCE = 150_000;
  private static final int TRAIL = 15;
  private static final int KEEP_SIZE = 1;
  private static final int PUNCH = 3;
  private static final int ZERO = 0x10;

  /** What is done. Those before {@link #WRITE} may change the size. */
  private enum Kind {
    APPEND,
    TRUNCATE,
    RESERVE,
    ZERO_BEYOND,
    WRITE,
    WRITE_AGAIN,
    DIRECT_WRITE,
    MAPPED_STORE,
    MAPPED_STORE_AGAIN,
    SPLICE,
    PUNCH,
    ZERO,
    COPY_RANGE,
    READ,
    DIRECT_READ,
    MAPPED_LOAD,
    SYNC,
    SYNC_MAPPING,
    FORGET,
    REOPEN
  }

  private final OpenContent file;
  private final ContentModel model;
  private final Random random;
  private final int from;
  private final int to;
  private final boolean alone;
  private final Deque<String> trail = new ArrayDeque<>();
  private int steps;

  /** Plays in a range of a file: all of it, or one that others leave alone. */
  ContentPlayer(Path file, ContentModel model, int from, int to, boolean alone, long seed) {
    this.file = new OpenContent(file, ContentProcess.MOST_BYTES);
    this.model = model;
    this.from = from;
    this.to = to;
    this.alone = alone;
    random = new Random(seed);
  }

  /** Makes {@code count} changes or readings; the trail to a difference is in the error. */
  void play(int count) {
    for (int i = 0; i < count; i++) {
      steps++;
      try {
        step();
        if (file.size() != model.size()) {
          throw new AssertionError("size " + file.size() + ", not " + model.size());
        }
      } catch (AssertionError e) {
        throw new AssertionError("step " + steps + ": " + e.getMessage() + "\n  " + trail, e);
      }
    }
  }

  private void step() {
    Kind[] kinds = Kind.values();
    int first = alone ? 0 : Kind.WRITE.ordinal();
    Kind kind = kinds[first + random.nextInt(kinds.length - first)];
    int offset = from + random.nextInt(to - from);
    int length = 1 + random.nextInt(Math.min(MOST_AT_ONCE, to - offset));
    if (random.nextInt(3) == 0) {
      // both ends on pages
      offset = Math.max(offset / PAGE * PAGE, from);
      length = Math.min((length + PAGE - 1) / PAGE * PAGE, to - offset);
    }
    note(kind, offset, length);
    switch (kind) {
      case APPEND, TRUNCATE, RESERVE, ZERO_BEYOND -> resize(kind, offset, length);
      case PUNCH, ZERO, COPY_RANGE -> rearrange(kind, offset, length);
      case READ, DIRECT_READ, MAPPED_LOAD -> compare(kind, offset, length);
      case SYNC -> file.sync(random.nextBoolean());
      case SYNC_MAPPING -> file.syncMapping();
      case FORGET -> file.forget();
      case REOPEN -> file.reopen();
      default -> write(kind, offset, length);
    }
  }

  private void note(Kind kind, int offset, int length) {
    trail.add(kind + " " + offset + "+" + length + " of " + model.size());
    if (trail.size() > TRAIL) {
      trail.remove();
    }
  }

  private void resize(Kind kind, int offset, int length) {
    switch (kind) {
      case APPEND -> {
        int room = Math.min(length, to - model.size());
        if (room > 0) {
          byte[] data = data(room);
          file.append(data);
          model.write(model.size(), data);
        }
      }
      case TRUNCATE -> {
        file.truncate(offset);
        model.truncate(offset);
      }
      default -> {
        boolean zero = kind == Kind.ZERO_BEYOND;
        boolean keep = random.nextBoolean();
        file.allocate((zero ? ZERO : 0) | (keep ? KEEP_SIZE : 0), offset, length);
        if (zero) {
          model.zero(offset, length);
        }
        if (!keep) {
          model.grow(offset + length);
        }
      }
    }
  }

  private void rearrange(Kind kind, int offset, int length) {
    int within = Math.min(length, model.size() - offset);
    if (kind == Kind.PUNCH) {
      file.allocate(PUNCH, offset, length);
      model.zero(offset, length);
    } else if (kind == Kind.ZERO) {
      file.allocate(ZERO | KEEP_SIZE, offset, length);
      model.zero(offset, length);
    } else {
      int target = from + random.nextInt(to - from);
      int part = Math.min(Math.min(within, to - target), Math.abs(target - offset));
      if (part > 0 && (alone || target + part <= model.size())) {
        file.copyRange(offset, target, part);
        model.write(target, model.read(offset, part));
      }
    }
  }

  private void write(Kind kind, int offset, int length) {
    boolean store = kind == Kind.MAPPED_STORE || kind == Kind.MAPPED_STORE_AGAIN;
    int part = store ? Math.min(length, model.size() - offset) : length;
    if (part <= 0) {
      return;
    }
    byte[] data = data(part);
    switch (kind) {
      case MAPPED_STORE, MAPPED_STORE_AGAIN -> file.store(offset, data);
      case SPLICE -> file.splice(offset, data);
      case DIRECT_WRITE -> file.write(direct(offset, part), offset, data);
      default -> file.write(Way.CACHED, offset, data);
    }
    model.write(offset, data);
  }

  /** What others have in the same page must not be read and written back past the cache. */
  private Way direct(int offset, int length) {
    boolean wholePages = offset % PAGE == 0 && length % PAGE == 0;
    return alone || wholePages ? Way.DIRECT : Way.CACHED;
  }

  private void compare(Kind kind, int offset, int length) {
    int within = Math.min(length, model.size() - offset);
    if (kind == Kind.MAPPED_LOAD && within <= 0) {
      return;
    }
    byte[] found =
        switch (kind) {
          case MAPPED_LOAD -> file.loadMapped(offset, within);
          case DIRECT_READ -> file.read(direct(offset, length), offset, length);
          default -> file.read(Way.CACHED, offset, length);
        };
    assertSame(found, model.read(offset, length), offset);
  }

  /** The whole file, by reading it. */
  void compareAll() {
    assertSame(file.read(Way.CACHED, 0, to), model.read(0, to), 0);
  }

  /** Fails with the first difference. */
  static void assertSame(byte[] found, byte[] wanted, int offset) {
    int at = Arrays.mismatch(found, wanted);
    if (at >= 0) {
      throw new AssertionError(
          "at %d: %s, not %s (%d bytes, not %d)"
              .formatted(
                  offset + at,
                  at < found.length ? found[at] : "end",
                  at < wanted.length ? wanted[at] : "end",
                  found.length,
                  wanted.length));
    }
  }

  private byte[] data(int length) {
    byte[] data = new byte[length];
    byte start = (byte) steps;
    for (int i = 0; i < length; i++) {
      data[i] = (byte) (start + i / 16 + 1);
    }
    return data;
  }

  @Override
  public void close() {
    file.close();
  }
}
