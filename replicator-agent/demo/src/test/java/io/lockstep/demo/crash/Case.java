package io.lockstep.demo.crash;

import io.lockstep.replicator.port.CrashPoint;
import java.util.ArrayList;
import java.util.List;

/** One cell of the matrix: a node is struck at a point, in a stage, in a way. */
record Case(CrashPoint point, Stage stage, Control.Blow blow) {
  /** Every point in each of its stages, killed and frozen. */
  static List<Case> all() {
    List<Case> cases = new ArrayList<>();
    for (CrashPoint point : CrashPoint.values()) {
      Stage.of(point)
          .forEach(
              stage -> {
                for (Control.Blow blow : Control.Blow.values()) {
                  cases.add(new Case(point, stage, blow));
                }
              });
    }
    return cases;
  }

  /** Reads {@code POINT/STAGE/BLOW}. */
  static Case of(String text) {
    String[] words = text.split("/");
    return new Case(
        CrashPoint.valueOf(words[0]), Stage.valueOf(words[1]), Control.Blow.valueOf(words[2]));
  }

  @Override
  public String toString() {
    return point + "/" + stage + "/" + blow;
  }
}
