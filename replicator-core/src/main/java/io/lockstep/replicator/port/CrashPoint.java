package io.lockstep.replicator.port;

import java.util.ServiceLoader;

/**
 * A named place between two steps whose order matters: where a process that dies or stands still
 * leaves the most awkward halves behind. A crash matrix kills and freezes real agents at each.
 *
 * <p>In production nothing acts on them: no {@link Actor} is on the class path, and {@link
 * #reached} is an empty method to the compiler. A test puts an actor there; no setting of the
 * product can.
 */
public enum CrashPoint {
  /** A request of an application has been read from the kernel. */
  PRIMARY_REQUEST_READ,
  /** An operation is known and has no number yet. */
  PRIMARY_BEFORE_NUMBERING,
  /** It is numbered and kept, and not sent. */
  PRIMARY_NUMBERED,
  /** It is handed to the link. */
  PRIMARY_SENT,
  /** An acknowledgement has come and nobody was woken. */
  PRIMARY_ACKNOWLEDGED,
  /** The peer has the operation; this node's tree lacks it. */
  PRIMARY_RECEIVED,
  /** Both have it; it does not count as completed. */
  PRIMARY_APPLIED,
  /** It is completed; the application does not know. */
  PRIMARY_COMPLETED,
  /** The peer was asked to force for an application's sync. */
  PRIMARY_FORCE_REQUESTED,
  /** This node's file is synced; the peer's force is waited for. */
  PRIMARY_SYNCED_HERE,
  /** Both have forced; the application does not know. */
  PRIMARY_SYNCED_BOTH,
  /** The answer to an application's request is about to be written. */
  PRIMARY_BEFORE_REPLY,
  /** It is written. */
  PRIMARY_REPLIED,
  /** The serving node's tree is synced for a checkpoint that is recorded nowhere. */
  PRIMARY_CHECKPOINT_SYNCED,
  /** The checkpoint is recorded; the peer does not know. */
  PRIMARY_CHECKPOINT_RECORDED,
  /** The peer was told. */
  PRIMARY_CHECKPOINT_TOLD,

  /** What is no regular file has all that belongs to it, and a hidden name. */
  CREATION_HIDDEN,

  /** A frame has come; the journal lacks it. */
  SECONDARY_FRAME,
  /** The journal has it; the tree and the primary do not know. */
  SECONDARY_JOURNALED,
  /** An acknowledgement is about to be sent. */
  SECONDARY_BEFORE_ACK,
  /** It is sent. */
  SECONDARY_ACKED,
  /** The journal is about to be forced. */
  SECONDARY_BEFORE_FORCE,
  /** It is forced; nobody knows. */
  SECONDARY_FORCED,
  /** A segment of the journal is on stable storage, before the mark says so. */
  SECONDARY_SEGMENT_SYNCED,
  /** A new segment was begun. */
  SECONDARY_SEGMENT_BEGUN,
  /** An operation is about to be applied. */
  SECONDARY_BEFORE_APPLY,
  /** It is applied; the count of what is applied lacks it. */
  SECONDARY_APPLIED,
  /** A checkpoint begins. */
  SECONDARY_CHECKPOINT_BEGUN,
  /** The tree is synced; the checkpoint is recorded nowhere. */
  SECONDARY_CHECKPOINT_SYNCED,
  /** It is recorded; the journal is not trimmed. */
  SECONDARY_CHECKPOINT_RECORDED,
  /** The journal is trimmed; the primary was not told. */
  SECONDARY_TRIMMED,

  /** The node's record is about to be written. */
  STATE_BEFORE_WRITE,
  /** It is written and not forced. */
  STATE_WRITTEN,
  /** It is forced; the memory has the old one. */
  STATE_FORCED,

  /** The map of what the peer may lack has begun; no generation needs it yet. */
  ALONE_MAP_BEGUN,
  /** What the peer did not confirm is in the map. */
  ALONE_UNCONFIRMED_TRACKED,
  /** The generation is durable; nobody was released. */
  ALONE_RECORDED,
  /** Those who waited for the peer go on without it. */
  ALONE_RELEASED,
  /** A change is in the map's log and not forced. */
  ALONE_MAP_APPENDED,
  /** A change is durably in the map; the tree lacks it. */
  ALONE_TRACKED,

  /** No frame of the old view is accepted any more. */
  TAKEOVER_FENCED,
  /** The journal is forced for a takeover. */
  TAKEOVER_JOURNAL_FORCED,
  /** What the old primary may lack is in the map. */
  TAKEOVER_TOUCHED_TRACKED,
  /** The intent is durable. */
  TAKEOVER_INTENT,
  /** The new generation is durable. */
  TAKEOVER_COMMITTED,
  /** The journal is in the tree; no checkpoint says so. */
  TAKEOVER_DRAINED,
  /** The journal is void. */
  TAKEOVER_CHECKPOINTED,
  /** The interceptor is over the directory. */
  TAKEOVER_MOUNTED,
  /** The addresses are up. */
  TAKEOVER_ADDRESSES,
  /** The application was started. */
  TAKEOVER_APPLICATION,

  /** A node that hands over has stopped the application. */
  HANDOVER_APPLICATION_STOPPED,
  /** The addresses are gone. */
  HANDOVER_ADDRESSES_REMOVED,
  /** The interceptor is gone. */
  HANDOVER_UNMOUNTED,
  /** The peer has confirmed everything durably. */
  HANDOVER_CONFIRMED,
  /** Nothing is numbered any more; the tree is synced. */
  HANDOVER_SYNCED,
  /** The journal begins where the numbering ended. */
  HANDOVER_REBASED,
  /** The record says that this node has stepped down. */
  HANDOVER_STEPPED_DOWN,
  /** The read-only view covers the directory. */
  HANDOVER_COVERED,

  /** The source of a return has told what it is about to do. */
  SOURCE_GREETED,
  /** A round's part of the map is out of it. */
  SOURCE_ROUND_TAKEN,
  /** A round's names are sent. */
  SOURCE_NAMES_SENT,
  /** A round's files are sent. */
  SOURCE_FILES_SENT,
  /** The target has a round on stable storage; the map still has it. */
  SOURCE_ROUND_ACKNOWLEDGED,
  /** The map no longer has it. */
  SOURCE_ROUND_CONFIRMED,
  /** Writers are held for the last round. */
  SOURCE_HELD,
  /** Operations are sent as well as tracked. */
  SOURCE_DUAL,
  /** The target was told to commit. */
  SOURCE_COMMIT_SENT,
  /** It has committed; this node still tracks. */
  SOURCE_COMMITTED,
  /** This node's stream no longer tracks. */
  SOURCE_STREAMING,
  /** The tree is synced before the record says PRIMARY. */
  SOURCE_PRIMARY_SYNCED,
  /** The record says PRIMARY; the map is still there. */
  SOURCE_PRIMARY_RECORDED,
  /** The map is gone. */
  SOURCE_MAP_CLEARED,

  /** The returning node has told what it touched. */
  TARGET_TOLD,
  /** Its session is durable: from now on its tree changes. */
  TARGET_BEGUN,
  /** Names are settled. */
  TARGET_NAMES_SETTLED,
  /** A file's content is about to come. */
  TARGET_FILE_BEGUN,
  /** Some of it is written. */
  TARGET_DATA,
  /** A file is complete. */
  TARGET_FILE_ENDED,
  /** A round is on stable storage; the source does not know. */
  TARGET_ROUND_SYNCED,
  /** Live operations are applied from now on. */
  TARGET_LIVE,
  /** Everything is on stable storage; the record does not say so. */
  TARGET_COMMIT_SYNCED,
  /** The record says that this node follows; its own map is still there. */
  TARGET_RECORDED,
  /** Its map is gone; the staging place is not. */
  TARGET_MAP_CLEARED,
  /** The source does not know that all is done. */
  TARGET_DONE,

  /** At start: the journal is open, the tree is as it was left. */
  START_JOURNAL_OPENED,
  /** At start: the tree has everything that the journal has. */
  START_REPLAYED;

  /** Acts on points; a test's. */
  @FunctionalInterface
  public interface Actor {
    /** Called by the thread that has come there; may never return. Any thread. */
    void reached(CrashPoint point);
  }

  private static final Actor ACTOR =
      ServiceLoader.load(Actor.class, CrashPoint.class.getClassLoader()).findFirst().orElse(null);

  /** Says that the calling thread has come to this place. */
  public void reached() {
    if (ACTOR != null) {
      ACTOR.reached(this);
    }
  }
}
