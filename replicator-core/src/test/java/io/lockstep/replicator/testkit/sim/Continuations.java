package io.lockstep.replicator.testkit.sim;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * Stacks that can be put aside and taken up again, as JDKs have them below their virtual threads:
 * from 24 on also one that holds a monitor. No public part of the JDK: they are to be had only with
 * {@code --add-exports=java.base/jdk.internal.vm=ALL-UNNAMED}.
 */
final class Continuations {
  private static final int SINCE = 24;
  private static final MethodHandle NEW;
  private static final MethodHandle RUN;
  private static final MethodHandle YIELD;
  private static final MethodHandle STACK;

  /** Whether they are. */
  static final boolean AVAILABLE;

  static {
    MethodHandle[] found = find();
    AVAILABLE = found.length > 0;
    NEW = AVAILABLE ? found[0] : null;
    RUN = AVAILABLE ? found[1] : null;
    YIELD = AVAILABLE ? found[2] : null;
    STACK = AVAILABLE ? found[3] : null;
  }

  private Continuations() {}

  private static MethodHandle[] find() {
    if (Runtime.version().feature() < SINCE) {
      return new MethodHandle[0];
    }
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      Class<?> continuation = Class.forName("jdk.internal.vm.Continuation");
      Class<?> scopeType = Class.forName("jdk.internal.vm.ContinuationScope");
      Object scope =
          lookup
              .findConstructor(scopeType, MethodType.methodType(void.class, String.class))
              .invoke("simulated");
      MethodHandle make =
          lookup.findConstructor(
              continuation, MethodType.methodType(void.class, scopeType, Runnable.class));
      return new MethodHandle[] {
        MethodHandles.insertArguments(make, 0, scope)
            .asType(MethodType.methodType(Object.class, Runnable.class)),
        lookup
            .findVirtual(continuation, "run", MethodType.methodType(void.class))
            .asType(MethodType.methodType(void.class, Object.class)),
        MethodHandles.insertArguments(
            lookup.findStatic(
                continuation, "yield", MethodType.methodType(boolean.class, scopeType)),
            0,
            scope),
        lookup
            .findVirtual(
                continuation, "getStackTrace", MethodType.methodType(StackTraceElement[].class))
            .asType(MethodType.methodType(StackTraceElement[].class, Object.class))
      };
    } catch (Throwable e) {
      // not shown, or no more as they were
      return new MethodHandle[0];
    }
  }

  /** A stack on which {@code body} is to run. */
  static Object of(Runnable body) {
    try {
      return (Object) NEW.invokeExact(body);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** Runs it on the calling thread until it yields. */
  static void run(Object continuation) {
    try {
      RUN.invokeExact(continuation);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** Puts the stack that runs aside, until it is run again. */
  static void putAside() {
    try {
      boolean unused = (boolean) YIELD.invokeExact();
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** Where one is that does not run. */
  static StackTraceElement[] stack(Object continuation) {
    try {
      return (StackTraceElement[]) STACK.invokeExact(continuation);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  private static RuntimeException failed(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return e instanceof RuntimeException known ? known : new IllegalStateException(e);
  }
}
