package io.lockstep.agent.cli;

import io.lockstep.replicator.link.ClusterKey;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
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

    @Override
    public Integer call() {
      try {
        ClusterKey.generate(file);
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
