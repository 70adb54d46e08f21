package io.lockstep.demo.timing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * Answers every connection, to whatever address of its machine, with the machine's name. It is
 * there before the address comes, so that what a caller waits for is the address alone.
 */
final class Answerer {
  static final int PORT = 7700;

  /** Shorter than the second after which a kernel repeats what nobody answered: one attempt. */
  private static final int ONE_ATTEMPT_MS = 900;

  private Answerer() {}

  /**
   * Answers until it is killed.
   *
   * @param arguments the name
   */
  public static void main(String[] arguments) throws IOException {
    byte[] name = arguments[0].getBytes(StandardCharsets.US_ASCII);
    try (ServerSocket server = new ServerSocket(PORT)) {
      while (true) {
        try (Socket caller = server.accept()) {
          caller.getOutputStream().write(name);
        }
      }
    }
  }

  /**
   * Calls once.
   *
   * @return who answered
   * @throws IOException if nobody did
   */
  static String call(String address) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getByName(address), PORT), ONE_ATTEMPT_MS);
      socket.setSoTimeout(ONE_ATTEMPT_MS);
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }
  }
}
