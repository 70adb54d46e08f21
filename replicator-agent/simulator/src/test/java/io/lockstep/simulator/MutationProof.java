package io.lockstep.simulator;

import io.lockstep.replicator.testkit.sim.Carriers;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Shows that the simulator finds what it is there to find: each mutation has to break a promise
 * within a number of runs, in a run that breaks none without the mutation.
 */
final class MutationProof {
  private static final int MOST_RUNS = 10_000;

  private MutationProof() {}

  /**
   * All of them over {@code of} processes, or one process's share; returns whether all were found.
   */
  static boolean main(int worker, int of, long seed) throws IOException, InterruptedException {
    if (worker >= 0) {
      List<Mutation> all = Mutations.all();
      for (int i = worker; i < all.size(); i += of) {
        System.out.println(i + "\t" + find(all.get(i), seed));
      }
      return true;
    }
    List<Process> workers = new ArrayList<>();
    for (int i = 0; i < of; i++) {
      workers.add(Simulate.start(i, of, 0, "--mutations", "--seed", String.valueOf(seed)));
    }
    Runtime.getRuntime().addShutdownHook(new Thread(() -> workers.forEach(Process::destroy)));
    TreeMap<Integer, String> found = new TreeMap<>();
    List<Thread> readers = new ArrayList<>();
    for (Process process : workers) {
      Thread reader = new Thread(() -> read(process, found));
      reader.start();
      readers.add(reader);
    }
    for (Thread reader : readers) {
      reader.join();
    }
    return report(found);
  }

  private static void read(Process process, Map<Integer, String> found) {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        int tab = line.indexOf('\t');
        synchronized (found) {
          found.put(Integer.valueOf(line.substring(0, tab)), line.substring(tab + 1));
          System.err.println(
              found.size() + " of " + Mutations.all().size() + " mutations: " + line);
        }
      }
    } catch (IOException e) {
      System.err.println("A worker cannot be read: " + e.getMessage());
    }
  }

  private static boolean report(Map<Integer, String> found) {
    List<Mutation> all = Mutations.all();
    int escaped = 0;
    System.out.printf("%-46s %-34s %s%n", "mutation", "rule", "found");
    for (int i = 0; i < all.size(); i++) {
      String how = found.getOrDefault(i, "ESCAPED: its process died");
      escaped += how.startsWith("ESCAPED") ? 1 : 0;
      System.out.printf("%-46s %-34s %s%n", all.get(i).name(), all.get(i).rule(), how);
    }
    System.out.println(all.size() + " mutations, " + escaped + " escaped");
    return escaped == 0;
  }

  /** How it was found. */
  private static String find(Mutation mutation, long firstSeed) {
    Carriers carriers = new Carriers();
    try {
      for (int run = 0; run < MOST_RUNS; run++) {
        long seed = firstSeed + run;
        Plan plan = mutation.plan(seed);
        Statistics result = new World(plan, mutation.substitution(), carriers, false).run();
        if (result.failure != null) {
          // some may stand still for ever in the world that failed
          carriers.close();
          carriers = new Carriers();
        }
        boolean broken = !result.promise.isEmpty() && !result.promise.equals("failure");
        if (broken && new World(plan, new Substitution(), carriers, false).run().failure == null) {
          return "after " + (run + 1) + " runs, by " + result.promise + " (seed " + seed + ")";
        }
      }
    } finally {
      carriers.close();
    }
    return "ESCAPED " + MOST_RUNS + " runs";
  }
}
