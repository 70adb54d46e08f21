package io.lockstep.demo.caller;

import io.lockstep.demo.desk.Call;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * One kept-alive HTTP connection to the desk with short, explicit timeouts, so that a caller
 * notices a moved address at once. Used by one thread.
 */
final class DeskConnection implements AutoCloseable {
  /** A lost SYN is repeated only after a second by the kernel: better to start anew. */
  private static final int CONNECT_TIMEOUT_MS = 200;

  private final Socket socket = new Socket();
  private final InputStream in;
  private final String host;

  /**
   * Connects.
   *
   * @param answerTimeoutMs how long one answer may take
   * @throws IOException if nobody accepts within 200 ms
   */
  DeskConnection(InetSocketAddress desk, int answerTimeoutMs) throws IOException {
    try {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(answerTimeoutMs);
      socket.connect(desk, CONNECT_TIMEOUT_MS);
      in = new BufferedInputStream(socket.getInputStream());
      host = desk.getPort() + ".desk";
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /**
   * Places a call and waits for the answer.
   *
   * @return the HTTP status: 201 means entered
   * @throws IOException if the connection broke or the answer did not come in time: the call may or
   *     may not have been entered
   */
  int place(Call call) throws IOException {
    String text = call.text().replace("\\", "\\\\").replace("\"", "\\\"");
    byte[] body =
        "{\"caller\":%d,\"number\":%d,\"text\":\"%s\"}"
            .formatted(call.caller(), call.number(), text)
            .getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes(
        "POST /calls HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n"
            .formatted(host, body.length)
            .getBytes(StandardCharsets.US_ASCII));
    request.writeBytes(body);
    socket.getOutputStream().write(request.toByteArray());
    return readAnswer();
  }

  private int readAnswer() throws IOException {
    String statusLine = readLine();
    int length = 0;
    for (String line = readLine(); !line.isEmpty(); line = readLine()) {
      if (line.regionMatches(true, 0, "Content-Length:", 0, 15)) {
        length = Integer.parseInt(line.substring(15).strip());
      }
    }
    if (in.readNBytes(length).length < length) {
      throw new EOFException("the answer broke off");
    }
    return Integer.parseInt(statusLine.split(" ")[1]);
  }

  private String readLine() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("the desk closed the connection");
      }
      if (b != '\r') {
        line.append((char) b);
      }
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
