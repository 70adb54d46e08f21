package io.lockstep.bench.latency;

/** What is done all the time of a mixed run, each by a thread of its own. */
enum Kind {
  /** 4 KiB at a random place of a file of 64 MiB. */
  WRITE("4 KiB write", 500),
  /** A file of 4 KiB made, renamed and removed. */
  SMALL_FILE("small file", 20_000),
  /** 4 KiB appended and fdatasync. */
  SYNC("append and sync", 100_000),
  /** 4 KiB read at a random place of the file that is written. */
  READ("4 KiB read", 1_000);

  private final String title;
  private final int everyUs;

  Kind(String title, int everyUs) {
    this.title = title;
    this.everyUs = everyUs;
  }

  /** For people. */
  String title() {
    return title;
  }

  /** The least time from one to the next, so that neither file system starves the other. */
  int everyUs() {
    return everyUs;
  }
}
