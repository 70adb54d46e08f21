package io.lockstep.platform.linux.oracle;

import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.platform.linux.syscall.NativeMemory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * A process that locks what it is told to: one command a line on standard input, one answer a line.
 *
 * <pre>
 * open SLOT PATH                        0, or the error
 * close SLOT
 * lock SLOT COMMAND TYPE START LENGTH   fcntl: 5 asks, 6 tries, 7 waits; 36, 37, 38 of open files
 * flock SLOT OPERATION
 * </pre>
 */
final class LockActor {
  static final int GET = 5;
  static final int TRY = 6;
  static final int WAIT = 7;
  static final int OPEN_FILE = 31;
  static final int READ = 0;
  static final int WRITE = 1;
  static final int UNLOCK = 2;

  private final Map<String, Long> open = new HashMap<>();

  private LockActor() {}

  public static void main(String[] none) throws IOException {
    LockActor actor = new LockActor();
    PrintStream answers = System.out;
    System.setOut(System.err);
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      answers.println(actor.perform(line.split(" ")));
    }
  }

  private String perform(String[] words) {
    return switch (words[0]) {
      case "open" -> {
        byte[] path = (words[2] + "\0").getBytes(StandardCharsets.UTF_8);
        long at = NativeMemory.address(NativeMemory.allocate(path.length).put(0, path));
        long fd = Calls.call(Calls.OPENAT, Libc.AT_FDCWD, at, Libc.O_RDWR, 0);
        open.put(words[1], fd);
        yield fd < 0 ? fd + "" : "0";
      }
      case "close" -> Calls.call(Calls.CLOSE, open.remove(words[1])) + "";
      case "flock" -> Calls.call(Calls.FLOCK, open.get(words[1]), number(words[2])) + "";
      default -> lock(words);
    };
  }

  private String lock(String[] words) {
    int command = (int) number(words[2]);
    ByteBuffer lock = NativeMemory.allocate(32);
    lock.putShort(0, (short) number(words[3]));
    lock.putLong(8, number(words[4])).putLong(16, number(words[5]));
    long result = Calls.call(Calls.FCNTL, open.get(words[1]), command, NativeMemory.address(lock));
    boolean asked = command % OPEN_FILE == GET && result == 0;
    return asked
        ? "%d type %d from %d for %d of %s"
            .formatted(result, lock.getShort(0), lock.getLong(8), lock.getLong(16), owner(lock))
        : result + "";
  }

  /** Who holds it, when the kernel says that. */
  private static String owner(ByteBuffer lock) {
    return lock.getShort(0) == UNLOCK ? "nobody" : lock.getInt(24) + "";
  }

  private static long number(String word) {
    return Long.parseLong(word);
  }
}
