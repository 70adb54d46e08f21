package io.lockstep.replicator.link;

import io.lockstep.replicator.link.HelloMessage.Role;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;

/**
 * The handshake of one connection as a pure state machine. The dialling side sends its hello, the
 * other answers with its own; then each proves that it has the cluster key by an HMAC over both
 * hellos (in them both nonces, the lane, the roles) and its own role, the dialling side first. A
 * recorded proof is worth nothing on another connection (nonces), nor on the other lane, nor when
 * sent back (role).
 *
 * <p>What a hello says is believed only after the proof, except for refusing it.
 */
record Handshake(
    ClusterKey key,
    String expectedPeer,
    HelloMessage own,
    Stage stage,
    byte[] ownHello,
    HelloMessage peer,
    byte[] peerHello) {
  private static final String PURPOSE = "lockstep link handshake";
  private static final int MAX_REASON = 400;

  enum Stage {
    HELLO,
    AUTH,
    DONE,
    FAILED
  }

  /** What the shell does, in order. */
  sealed interface Effect {
    record Send(byte type, byte[] payload) implements Effect {}

    /** The peer has proved itself. */
    record Succeed(HelloMessage peer) implements Effect {}

    /** Tell the peer and the listener, close. */
    record Refuse(String reason) implements Effect {}

    /** The peer refused; tell the listener, close. */
    record RefusedByPeer(String reason) implements Effect {}

    /** Not a correct peer; close. */
    record Fail(String reason) implements Effect {}
  }

  record Step(Handshake next, List<Effect> effects) {}

  /** The dialling side begins; {@code own} names lane and attempt. */
  static Step dial(ClusterKey key, String expectedPeer, HelloMessage own) {
    byte[] hello = own.encode();
    Handshake next = new Handshake(key, expectedPeer, own, Stage.HELLO, hello, null, null);
    return new Step(next, List.of(new Effect.Send(Frames.Type.HELLO, hello)));
  }

  /** The accepting side waits; lane and attempt of {@code own} are replaced by the dialler's. */
  static Handshake accept(ClusterKey key, String expectedPeer, HelloMessage own) {
    return new Handshake(key, expectedPeer, own, Stage.HELLO, null, null, null);
  }

  /** One frame has come. */
  Step step(byte type, byte[] payload) {
    if (type == Frames.Type.REFUSE && stage != Stage.FAILED) {
      return end(new Effect.RefusedByPeer(clean(payload)));
    }
    if (stage == Stage.HELLO && type == Frames.Type.HELLO) {
      return hello(payload);
    }
    if (stage == Stage.AUTH && type == Frames.Type.AUTH) {
      return auth(payload);
    }
    return end(
        new Effect.Fail(
            "a frame of type " + Byte.toUnsignedInt(type) + " out of turn, before authentication"));
  }

  private Step end(Effect effect) {
    return new Step(
        new Handshake(key, expectedPeer, own, Stage.FAILED, ownHello, peer, peerHello),
        List.of(effect));
  }

  private Step hello(byte[] payload) {
    HelloMessage theirs;
    try {
      theirs = HelloMessage.decode(payload);
    } catch (Frames.Malformed e) {
      return end(new Effect.Fail(e.getMessage()));
    }
    String refusal = check(theirs);
    if (refusal != null) {
      return end(new Effect.Refuse(refusal));
    }
    if (own.role() == Role.DIALER) {
      if (theirs.lane() != own.lane() || theirs.attempt() != own.attempt()) {
        return end(new Effect.Fail("a hello that answers another one"));
      }
      Handshake next = new Handshake(key, expectedPeer, own, Stage.AUTH, ownHello, theirs, payload);
      return new Step(next, List.of(new Effect.Send(Frames.Type.AUTH, next.proof(Role.DIALER))));
    }
    HelloMessage answer = own.answering(theirs);
    byte[] hello = answer.encode();
    return new Step(
        new Handshake(key, expectedPeer, answer, Stage.AUTH, hello, theirs, payload),
        List.of(new Effect.Send(Frames.Type.HELLO, hello)));
  }

  private Step auth(byte[] proof) {
    if (!MessageDigest.isEqual(proof, proof(own.role().other()))) {
      return end(
          new Effect.Refuse(
              "the cluster keys of nodes "
                  + own.peer().node()
                  + " and "
                  + quoted(peer.peer().node())
                  + " differ: copy the key file from one node to the other"));
    }
    Handshake next = new Handshake(key, expectedPeer, own, Stage.DONE, ownHello, peer, peerHello);
    if (own.role() == Role.DIALER) {
      return new Step(next, List.of(new Effect.Succeed(peer)));
    }
    return new Step(
        next,
        List.of(new Effect.Send(Frames.Type.AUTH, proof(Role.ACCEPTOR)), new Effect.Succeed(peer)));
  }

  private byte[] proof(Role prover) {
    byte[] who = {prover.code(), HelloMessage.code(own.lane())};
    boolean dialer = own.role() == Role.DIALER;
    return key.mac(PURPOSE, who, dialer ? ownHello : peerHello, dialer ? peerHello : ownHello);
  }

  /** Why the peer is refused, worded so that it is true in both logs; null when it is not. */
  private String check(HelloMessage theirs) {
    PeerHello us = own.peer();
    PeerHello them = theirs.peer();
    if (Math.abs(them.protocolVersion() - us.protocolVersion()) > 1) {
      return String.format(
          "node %s speaks version %d of the link's protocol and node %s version %d:"
              + " only neighbouring versions work together, upgrade the older node",
          us.node(), us.protocolVersion(), quoted(them.node()), them.protocolVersion());
    }
    if (!them.cluster().equals(us.cluster())) {
      return String.format(
          "node %s belongs to cluster %s and node %s to cluster %s:"
              + " check cluster.name and the link addresses in both configurations",
          us.node(), us.cluster(), quoted(them.node()), quoted(them.cluster()));
    }
    if (theirs.session().equals(own.session())) {
      return String.format(
          "node %s has reached itself: the peer's link address leads back to it,"
              + " check the link addresses in the configuration",
          us.node());
    }
    if (them.node().equals(us.node())) {
      return String.format(
          "both nodes call themselves %s: check which name each was started with", us.node());
    }
    if (them.incarnation().equals(us.incarnation())) {
      return String.format(
          "nodes %s and %s have the same incarnation %s: the state directory of one is a copy of"
              + " the other's, and has to be removed on the node that got the copy",
          us.node(), quoted(them.node()), us.incarnation());
    }
    if (!them.node().equals(expectedPeer)) {
      return String.format(
          "node %s expects %s as its peer and met %s: check the link addresses in both"
              + " configurations",
          us.node(), expectedPeer, quoted(them.node()));
    }
    return theirs.role() == own.role()
        ? String.format(
            "nodes %s and %s both take themselves for the same side of the connection",
            us.node(), quoted(them.node()))
        : null;
  }

  /** What a stranger says, made fit for a log line. */
  static String clean(byte[] text) {
    byte[] start = Arrays.copyOf(text, Math.min(text.length, MAX_REASON));
    return quoted(new String(start, StandardCharsets.UTF_8));
  }

  private static String quoted(String text) {
    String printable = text.replaceAll("[^\\p{Print}\\p{L}\\p{N}]", "?");
    return printable.length() > MAX_REASON ? printable.substring(0, MAX_REASON) : printable;
  }
}
