package io.lockstep.powercut.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * A Java command under which the journal is never forced: the agent's own class, with that one
 * method emptied, comes first on its class path. Nothing in production knows of it.
 *
 * <p>The control run uses it: power cuts that lose nothing even so would prove nothing.
 */
public final class WithoutForce {
  private static final String CLASS = "io/lockstep/replicator/journal/SegmentFile";
  private static final String METHOD = "force";

  private WithoutForce() {}

  /**
   * Makes the command below {@code directory}.
   *
   * @return the file to name in {@code JAVA}
   * @throws IOException if it cannot be written, or the journal has no such method any more
   */
  public static Path java(Path directory) throws IOException {
    Path classes = directory.resolve("classes");
    Path changed = classes.resolve(CLASS + ".class");
    Path parent = changed.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    Files.write(changed, changed());
    Path command = directory.resolve("java");
    Files.writeString(
        command,
        """
        #!/bin/bash
        words=()
        while [ $# -gt 0 ]; do
          if [ "$1" = -cp ]; then words+=(-cp "%s:$2"); shift 2; else words+=("$1"); shift; fi
        done
        exec "%s/bin/java" "${words[@]}"
        """
            .formatted(classes, System.getProperty("java.home")));
    Files.setPosixFilePermissions(command, PosixFilePermissions.fromString("rwxr-xr-x"));
    return command;
  }

  private static byte[] changed() throws IOException {
    try (InputStream in =
        WithoutForce.class.getClassLoader().getResourceAsStream(CLASS + ".class")) {
      if (in == null) {
        throw new IOException(CLASS + " is not on the class path");
      }
      ClassWriter writer = new ClassWriter(0);
      Emptying emptying = new Emptying(writer);
      new ClassReader(in).accept(emptying, 0);
      if (!emptying.found) {
        throw new IOException(
            CLASS + " has no method " + METHOD + "() any more: name what forces the journal now");
      }
      return writer.toByteArray();
    }
  }

  /** Empties the one method. */
  private static final class Emptying extends ClassVisitor {
    private boolean found;

    Emptying(ClassVisitor next) {
      super(Opcodes.ASM9, next);
    }

    @Override
    public MethodVisitor visitMethod(
        int access, String name, String descriptor, String signature, String[] exceptions) {
      MethodVisitor method = super.visitMethod(access, name, descriptor, signature, exceptions);
      if (!name.equals(METHOD) || !descriptor.equals("()V")) {
        return method;
      }
      found = true;
      method.visitCode();
      method.visitInsn(Opcodes.RETURN);
      method.visitMaxs(0, 1);
      method.visitEnd();
      return null;
    }
  }
}
