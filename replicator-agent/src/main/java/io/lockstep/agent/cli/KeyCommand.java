package io.lockstep.agent.cli;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The cluster's key. */
@Command(name = "key", description = "Makes the secret that both nodes share.")
final class KeyCommand implements Runnable {
  @Override
  public void run() {
    throw new CliException(ExitCodes.USAGE, "key needs: generate FILE");
  }

  /** Writes a new one. */
  @Command(
      name = "generate",
      mixinStandardHelpOptions = true,
      description = "Writes a new random key of 256 bits to FILE, mode 600. Copy it to both nodes.")
  static final class Generate implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "A file that does not exist yet.")
    private Path file;

    @Spec private CommandSpec spec;

    private final SecureRandom random = new SecureRandom();

    @Override
    public Integer call() {
      byte[] key = new byte[32];
      random.nextBytes(key);
      String text = HexFormat.of().formatHex(key) + "\n";
      try (FileChannel channel =
          FileChannel.open(
              file,
              Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
        java.nio.ByteBuffer bytes =
            java.nio.ByteBuffer.wrap(text.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
      } catch (FileAlreadyExistsException e) {
        throw new CliException(
            ExitCodes.REFUSED, file + " exists; a cluster's key is never overwritten");
      } catch (IOException e) {
        throw new CliException(ExitCodes.FAILED, file + " cannot be written: " + e);
      }
      spec.commandLine()
          .getOut()
          .println("wrote " + file + "; copy it to the other node, mode 600");
      return ExitCodes.OK;
    }
  }
}
