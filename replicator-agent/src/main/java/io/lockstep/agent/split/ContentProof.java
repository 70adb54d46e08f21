package io.lockstep.agent.split;

import io.lockstep.replicator.link.ClusterKey;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * Proves to the agent that who asks for the content of files has the cluster's key, which only the
 * owner of its file can read: the console and REST have no accounts, and files have permissions.
 */
public final class ContentProof {
  private static final String PURPOSE = "lockstep content of files";

  private ContentProof() {}

  /** For that module. */
  public static String of(ClusterKey key, String module) {
    byte[] mac = key.mac(PURPOSE, module.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(mac);
  }

  /** Whether {@code proof} is that; takes as long wherever it differs. */
  public static boolean holds(ClusterKey key, String module, String proof) {
    return MessageDigest.isEqual(
        of(key, module).getBytes(StandardCharsets.UTF_8), proof.getBytes(StandardCharsets.UTF_8));
  }
}
