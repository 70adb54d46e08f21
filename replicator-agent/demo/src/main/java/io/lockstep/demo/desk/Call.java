package io.lockstep.demo.desk;

/**
 * One emergency call.
 *
 * @param caller who calls
 * @param number counts the caller's calls from 1, without gaps; with {@code caller} the unique key
 * @param text what was said
 */
public record Call(int caller, long number, String text) {
  /** The text that the demo's callers say: both sides compute it, so the judge can check a row. */
  public static Call of(int caller, long number) {
    return new Call(
        caller,
        number,
        "Call %d of caller %d: smoke on floor %d, \"please hurry\""
            .formatted(number, caller, (number * 31 + caller) % 40));
  }
}
