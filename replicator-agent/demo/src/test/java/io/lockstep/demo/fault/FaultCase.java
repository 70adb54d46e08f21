package io.lockstep.demo.fault;

import java.util.ArrayList;
import java.util.List;

/** One cell of the matrix. */
record FaultCase(Third third, Fault fault, Load load) implements Comparable<FaultCase> {
  /** Every cell that means something, one kind of arbiter after the other. */
  static List<FaultCase> all() {
    List<FaultCase> cases = new ArrayList<>();
    for (Third third : Third.values()) {
      for (Fault fault : Fault.values()) {
        for (Load load : Load.values()) {
          if (fault.means(third)) {
            cases.add(new FaultCase(third, fault, load));
          }
        }
      }
    }
    return cases;
  }

  /** Reads {@code THIRD/FAULT/LOAD}. */
  static FaultCase of(String text) {
    String[] words = text.split("/");
    return new FaultCase(Third.valueOf(words[0]), Fault.valueOf(words[1]), Load.valueOf(words[2]));
  }

  @Override
  public int compareTo(FaultCase other) {
    return all().indexOf(this) - all().indexOf(other);
  }

  @Override
  public String toString() {
    return third + "/" + fault + "/" + load;
  }
}
