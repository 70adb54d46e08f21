package io.lockstep.platform.linux.syscall;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.slf4j.LoggerFactory;

/** Memory outside the Java heap: direct buffers and their addresses. */
public final class NativeMemory {
  private static final VarHandle ADDRESS = addressField();

  private NativeMemory() {}

  /** A zeroed buffer in the machine's byte order. */
  public static ByteBuffer allocate(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  /**
   * Where the byte at the buffer's index 0 lies. The caller keeps the buffer reachable while the
   * address is used.
   *
   * @throws IllegalArgumentException for a buffer on the heap
   */
  public static long address(ByteBuffer direct) {
    if (!direct.isDirect()) {
      throw new IllegalArgumentException("only direct buffers have an address");
    }
    return ADDRESS != null
        ? (long) ADDRESS.get((Buffer) direct)
        : Pointer.nativeValue(Native.getDirectBufferPointer(direct));
  }

  /** A tenth of the cost of asking through JNA; needs {@code --add-opens java.base/java.nio}. */
  private static VarHandle addressField() {
    try {
      return MethodHandles.privateLookupIn(Buffer.class, MethodHandles.lookup())
          .findVarHandle(Buffer.class, "address", long.class);
    } catch (ReflectiveOperationException e) {
      LoggerFactory.getLogger(NativeMemory.class)
          .info(
              "java.nio is not opened to Lockstep ({}); buffer addresses are asked through JNA,"
                  + " which is slower but right",
              e.getMessage());
      return null;
    }
  }
}
