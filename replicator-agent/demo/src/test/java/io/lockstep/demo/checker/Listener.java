package io.lockstep.demo.checker;

import java.io.IOException;
import java.net.ServerSocket;

/** An application that accepts connections at the port in its first argument, and does no more. */
final class Listener {
  private Listener() {}

  /** Until it is killed. */
  public static void main(String[] arguments) throws IOException {
    try (ServerSocket server = new ServerSocket(Integer.parseInt(arguments[0]))) {
      while (true) {
        server.accept().close();
      }
    }
  }
}
