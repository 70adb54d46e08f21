package io.lockstep.demo.fault;

/** Who serves, by the agents' own words. */
enum Seen {
  SAME("serves on"),
  PEER("the peer serves"),
  BOTH("both serve"),
  NOBODY("nobody serves");

  private final String title;

  Seen(String title) {
    this.title = title;
  }

  /** As in the table. */
  String title() {
    return title;
  }
}
