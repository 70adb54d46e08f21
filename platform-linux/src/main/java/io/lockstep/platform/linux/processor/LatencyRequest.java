package io.lockstep.platform.linux.processor;

import io.lockstep.replicator.port.IdleProcessors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A request to the kernel's power management about how long an idle processor may take to wake (PM
 * QoS, {@code Documentation/power/pm_qos_interface.rst}). It lasts as long as the device stays
 * open, so that a killed process leaves none behind.
 */
public final class LatencyRequest implements IdleProcessors {
  private static final Logger LOG = LoggerFactory.getLogger(LatencyRequest.class);
  private static final Path DEVICE = Path.of("/dev/cpu_dma_latency");

  /** Microseconds: not even the lightest sleep; an idle processor looks for work in a loop. */
  private static final int NONE = 0;

  private final Path device;
  private FileChannel open;
  private boolean refused;

  /** Asks nothing yet. */
  public LatencyRequest() {
    this(DEVICE);
  }

  LatencyRequest(Path device) {
    this.device = device;
  }

  @Override
  public boolean stayAwake(boolean awake) {
    if (!awake) {
      close();
    } else if (open == null && !refused) {
      ask();
    }
    return open != null;
  }

  private void ask() {
    try {
      open = FileChannel.open(device, StandardOpenOption.WRITE);
      int written =
          open.write(
              ByteBuffer.allocate(Integer.BYTES)
                  .order(ByteOrder.nativeOrder())
                  .putInt(NONE)
                  .flip());
      if (written != Integer.BYTES) {
        throw new IOException(device + " took " + written + " bytes");
      }
    } catch (IOException e) {
      close();
      refused = true;
      LOG.info(
          "Idle processors sleep as the system likes, which delays each write a little: {}",
          e.toString());
    }
  }

  @Override
  public void close() {
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        LOG.debug("{} is closed all the same", device, e);
      }
      open = null;
    }
  }
}
