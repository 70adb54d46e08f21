package io.lockstep.demo.fault;

/** What the application does when the fault comes. */
enum Load {
  /** Nothing; it works again as soon as the fault is there. */
  IDLE,
  /** It works without pause. */
  LOADED
}
