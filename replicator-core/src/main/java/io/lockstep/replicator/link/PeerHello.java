package io.lockstep.replicator.link;

import java.util.List;
import java.util.UUID;

/**
 * What a node says of itself when it connects.
 *
 * @param protocolVersion of the link, see docs/protocol.md
 * @param capabilities named features that both sides need to have before one uses them
 * @param incarnation random, drawn when the node's state directory was created
 * @param boot changes at every boot of the machine
 * @param configurationHash of the one YAML file, to find nodes that are configured differently
 */
public record PeerHello(
    int protocolVersion,
    List<String> capabilities,
    String cluster,
    String node,
    UUID incarnation,
    String boot,
    String configurationHash,
    String softwareVersion) {}
