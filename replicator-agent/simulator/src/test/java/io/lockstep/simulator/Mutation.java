package io.lockstep.simulator;

import io.lockstep.agent.node.ApplicationControl;
import io.lockstep.failover.arbiter.Claim;
import io.lockstep.failover.arbiter.Desk;
import io.lockstep.failover.contact.ContactCodec;
import io.lockstep.failover.contact.ContactMessage;
import io.lockstep.failover.contact.ContactRecord;
import io.lockstep.failover.role.RoleEffect.Question;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.replicator.link.Link;
import io.lockstep.replicator.model.DataState;
import io.lockstep.replicator.port.Disk;
import io.lockstep.replicator.port.Execution;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.protocol.StreamMessages;
import io.lockstep.replicator.protocol.StreamMessages.Ack;
import io.lockstep.replicator.testkit.sim.SimExecution;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;

/**
 * A deliberate fault, put in from outside, that breaks one rule of the protocol. The simulator has
 * to find each by what the application was told and the disks hold, and by nothing else.
 *
 * @param rule what is broken, with the section of docs/protocol.md
 * @param aim what is made of each plan drawn, so that the fault matters in more of them
 */
record Mutation(String name, String rule, Substitution substitution, UnaryOperator<Plan> aim) {
  Mutation(String name, String rule, Substitution substitution) {
    this(name, rule, substitution, UnaryOperator.identity());
  }

  /** The same in the runs that {@code aim} makes of those drawn. */
  Mutation aimed(UnaryOperator<Plan> aim) {
    return new Mutation(name, rule, substitution, aim);
  }

  /** The plan of that run: the one drawn, and what this mutation needs to matter. */
  Plan plan(long seed) {
    return aim.apply(substitution.plan(Plan.of(seed)));
  }

  /** Answers a call in place of the part, or passes it on with {@link Call#real}. */
  private interface Answer {
    Object to(String method, Object[] arguments, Call call) throws Throwable;
  }

  private interface Call {
    Object real() throws Throwable;
  }

  private static <T> T instead(Class<T> type, T part, Answer answer) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) ->
                answered(
                    method,
                    answer.to(
                        method.getName(),
                        arguments,
                        () -> {
                          try {
                            return method.invoke(part, arguments);
                          } catch (InvocationTargetException e) {
                            throw e.getCause();
                          }
                        }))));
  }

  /** Nothing, in the shape that the caller expects. */
  private static Object answered(Method method, Object answer) {
    return answer == null && method.getReturnType() == Optional.class ? Optional.empty() : answer;
  }

  // ---- by what they stand in for

  /**
   * Files of Lockstep's own whose name contains {@code file}: calls of {@code method} do nothing.
   */
  static Mutation file(String name, String rule, String file, String method) {
    return new Mutation(
        name,
        rule,
        new Substitution() {
          @Override
          Disk disk(SimHost host) {
            return instead(
                Disk.class,
                host.disk,
                (called, arguments, call) -> {
                  if (called.equals(method)
                      && arguments[0] instanceof Path path
                      && path.toString().contains(file)) {
                    return null;
                  }
                  Object result = call.real();
                  return called.equals("open") && arguments[0].toString().contains(file)
                      ? instead(
                          Disk.DiskFile.class,
                          (Disk.DiskFile) result,
                          (c, a, real) -> c.equals(method) ? skip(a) : real.real())
                      : result;
                });
          }
        });
  }

  /** A write that is left out has taken its bytes all the same. */
  private static Object skip(Object... arguments) {
    if (arguments != null && arguments.length > 0 && arguments[0] instanceof ByteBuffer bytes) {
      bytes.position(bytes.limit());
    }
    return null;
  }

  /** Whether one of {@code type}'s methods of that name is what the calling thread is in. */
  private static boolean within(String type, String method) {
    return StackWalker.getInstance()
        .walk(
            frames ->
                frames.anyMatch(
                    f ->
                        f.getClassName().endsWith("." + type)
                            && (method.isEmpty() || f.getMethodName().equals(method))));
  }

  /** As {@link #file}, for what one method of the shell does. */
  static Mutation fileWithin(String name, String rule, String file, String type, String method) {
    return new Mutation(
        name,
        rule,
        new Substitution() {
          @Override
          Disk disk(SimHost host) {
            return instead(
                Disk.class,
                host.disk,
                (called, arguments, call) -> {
                  Object result = call.real();
                  return called.equals("open") && arguments[0].toString().contains(file)
                      ? instead(
                          Disk.DiskFile.class,
                          (Disk.DiskFile) result,
                          (c, a, real) ->
                              c.equals("write") && within(type, method) ? skip(a) : real.real())
                      : result;
                });
          }
        });
  }

  /** As {@link #tree}, for what one class does. */
  static Mutation treeWithin(String name, String rule, String method, String type) {
    return new Mutation(
        name,
        rule,
        new Substitution() {
          @Override
          FileStore store(SimHost host) {
            return instead(
                FileStore.class,
                host.store,
                (called, arguments, call) ->
                    called.equals(method) && within(type, "") ? null : call.real());
          }
        });
  }

  /** An application whose stop does nothing, and says that it is done. */
  static ApplicationControl neverStopped(ApplicationControl application) {
    return instead(
        ApplicationControl.class,
        application,
        (called, arguments, call) -> called.equals("stop") ? null : call.real());
  }

  /** What becomes of a question to the arbiter. */
  interface Asked {
    RoleInput of(Question question, Claim claim, Desk desk);
  }

  static Mutation desk(String name, String rule, Asked asked) {
    return new Mutation(
        name,
        rule,
        new Substitution() {
          @Override
          Desk desk(SimHost host, Desk desk) {
            return new Desk() {
              @Override
              public RoleInput ask(Question question, Claim claim) {
                return asked.of(question, claim, desk);
              }

              @Override
              public String describe() {
                return desk.describe();
              }

              @Override
              public void close() {
                desk.close();
              }
            };
          }
        });
  }

  /** The tree: calls of {@code method} do nothing, one in {@code one} of them. */
  static Mutation tree(String name, String rule, String method, int one) {
    return new Mutation(
        name,
        rule,
        new Substitution() {
          private int calls;

          @Override
          FileStore store(SimHost host) {
            return instead(
                FileStore.class,
                host.store,
                (called, arguments, call) ->
                    called.equals(method) && ++calls % one == 0 ? null : call.real());
          }
        });
  }

  /** The tree: failures of {@code method} pass for success. */
  static Mutation treeSwallows(String name, String rule, String method) {
    return new Mutation(
        name,
        rule,
        new Substitution() {
          @Override
          FileStore store(SimHost host) {
            return instead(
                FileStore.class,
                host.store,
                (called, arguments, call) ->
                    called.equals(method) ? swallowed(call, arguments) : call.real());
          }
        });
  }

  private static Object swallowed(Call call, Object... arguments) throws Throwable {
    try {
      return call.real();
    } catch (IOException e) {
      return skip(arguments);
    }
  }

  /** What a node says of itself at first contact. */
  static Mutation contact(String name, String rule, UnaryOperator<ContactLie> lie) {
    return frames(
        name,
        rule,
        StreamMessages.CONTACT,
        payload -> {
          try {
            ContactMessage told = ContactCodec.decodeMessage(ByteBuffer.wrap(payload));
            ContactRecord lied = lie.apply(new ContactLie(told.record())).tell();
            return ContactCodec.encode(new ContactMessage(told.kind(), told.question(), lied));
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
  }

  static Mutation frames(String name, String rule, byte type, UnaryOperator<byte[]> change) {
    return new Mutation(
        name,
        rule,
        new Substitution() {
          @Override
          byte[] sends(SimHost host, Link.Lane lane, byte sent, byte[] payload) {
            return sent == type ? change.apply(payload) : payload;
          }

          @Override
          boolean onFrames() {
            return true;
          }
        });
  }

  /** The acknowledgement goes out, and the operation waits for the journal. */
  static Mutation earlyAck(String name, String rule) {
    return new Mutation(
        name,
        rule,
        new Substitution() {
          @Override
          void comes(SimHost host, Link link, long epoch, byte type, byte[] payload) {
            if (type != StreamMessages.OPERATION) {
              return;
            }
            try {
              ByteBuffer in = ByteBuffer.wrap(payload);
              var generation = StreamMessages.getGeneration(in);
              long sequence = in.getLong();
              link.send(
                  epoch,
                  Link.Lane.OPERATIONS,
                  StreamMessages.ACK,
                  0,
                  new Ack(generation, sequence, 0, 0, 0).encode());
              host.scheduler.pause(Plan.SECOND);
            } catch (RuntimeException e) {
              throw new IllegalStateException(e);
            }
          }

          @Override
          boolean onFrames() {
            return true;
          }
        });
  }

  /** No gap is seen in the own ticks: a clock that catches up in small steps. */
  static Mutation seesNoGap(String name, String rule) {
    return new Mutation(
        name,
        rule,
        new Substitution() {
          @Override
          LongSupplier heartbeatClock(SimHost host) {
            long[] shownNs = {host.clock.monotonicNs()};
            return () -> {
              shownNs[0] = Math.min(host.clock.monotonicNs(), shownNs[0] + Plan.SECOND);
              return shownNs[0];
            };
          }
        });
  }

  /** Every generation is the same. */
  static Mutation oneGeneration(String name, String rule) {
    return new Mutation(
        name,
        rule,
        new Substitution() {
          @Override
          Execution execution(SimExecution execution) {
            return instead(
                Execution.class,
                execution,
                (called, arguments, call) ->
                    called.equals("randomUuid") && within("Persistence", "")
                        ? new UUID(1, 1)
                        : call.real());
          }
        });
  }

  /** What a lying node puts in the place of the truth. */
  static final class ContactLie {
    private final ContactRecord truth;
    boolean wasPrimary;
    DataState dataState;
    boolean clean;
    boolean lostPower;
    boolean verify;
    long lastSequence;
    long durableSequence;
    long checkpoint;
    long resendFrom;
    UUID mapBasePeer;
    long mapBaseSequence;

    ContactLie(ContactRecord r) {
      truth = r;
      wasPrimary = r.wasPrimary();
      dataState = r.dataState();
      clean = r.clean();
      lostPower = r.lostPower();
      verify = r.verify();
      lastSequence = r.lastSequence();
      durableSequence = r.durableSequence();
      checkpoint = r.checkpoint();
      resendFrom = r.resendFrom();
      mapBasePeer = r.mapBasePeer();
      mapBaseSequence = r.mapBaseSequence();
    }

    ContactRecord tell() {
      return new ContactRecord(
          truth.cluster(),
          truth.module(),
          truth.incarnation(),
          truth.generation(),
          truth.history(),
          truth.role(),
          wasPrimary,
          dataState,
          clean,
          lostPower,
          truth.empty(),
          verify,
          lastSequence,
          durableSequence,
          checkpoint,
          resendFrom,
          truth.hotSetKnown(),
          mapBasePeer,
          mapBaseSequence,
          truth.yieldsTo(),
          truth.barred(),
          truth.ballot());
    }
  }
}
