package io.lockstep.failover.application;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Which steps may begin when. */
class StepCourseTest {
  private static final int ENOUGH = 2_000;

  /** Each "step: before before". */
  private static Map<String, List<String>> after(String... steps) {
    Map<String, List<String>> after = new LinkedHashMap<>();
    for (String step : steps) {
      String[] parts = step.split(": ?");
      after.put(parts[0], parts.length == 1 ? List.of() : List.of(parts[1].split(" ")));
    }
    return after;
  }

  @Test
  void whatDoesNotWaitForEachOtherGoesTogether() {
    StepCourse course = StepCourse.of(after("db", "cache", "app: db cache", "web: app"));
    assertThat(course.next()).containsExactly("db", "cache");
    course = course.begun("db").begun("cache");
    assertThat(course.told()).isEqualTo("steps db, cache, 2 of 4");
    course = course.ended("cache", true);
    assertThat(course.next()).as("db is not ready").isEmpty();
    course = course.ended("db", true);
    assertThat(course.next()).containsExactly("app");
    course = course.begun("app");
    assertThat(course.told()).isEqualTo("step app, 3 of 4");
    course = course.ended("app", true).begun("web").ended("web", true);
    assertThat(course.over()).isTrue();
  }

  @Test
  void nothingBeginsAfterAFailureAndItIsOverWhenTheRestHasEnded() {
    StepCourse course = StepCourse.of(after("db", "cache", "app: db"));
    course = course.begun("db").begun("cache").ended("cache", false).ended("db", true);
    assertThat(course.next()).isEmpty();
    assertThat(course.over()).isTrue();
    StepCourse given = StepCourse.of(after("db", "cache")).begun("db").given();
    assertThat(given.next()).isEmpty();
    assertThat(given.over()).as("db is under way").isFalse();
  }

  @Test
  void theWayDownIsTheWayUpReversed() {
    Map<String, List<String>> up = after("db", "cache", "app: db cache", "web: app gone");
    StepCourse course = StepCourse.of(StepCourse.reversed(up));
    assertThat(course.next()).containsExactly("web");
    course = course.begun("web").ended("web", true).begun("app").ended("app", true);
    assertThat(course.next()).containsExactly("db", "cache");
  }

  /** Steps of two configurations. */
  @Test
  void aCircleComesToAnEnd() {
    StepCourse course = StepCourse.of(after("a: b", "b: a", "c: a"));
    assertThat(course.next()).containsExactly("a");
    course = course.begun("a");
    assertThat(course.next()).isEmpty();
    assertThat(course.ended("a", true).next()).containsExactly("b", "c");
  }

  @Test
  void whateverTheOrderOfTheEndsEachStepGoesOnceAndAfterThoseItNeeds() {
    Random random = new Random(7);
    for (int run = 0; run < ENOUGH; run++) {
      Map<String, List<String>> after = new LinkedHashMap<>();
      for (int i = 0; i < 1 + random.nextInt(6); i++) {
        List<String> before = new ArrayList<>();
        after.keySet().stream().filter(s -> random.nextInt(3) == 0).forEach(before::add);
        after.put("s" + i, before);
      }
      StepCourse course = StepCourse.of(after);
      List<String> ended = new ArrayList<>();
      List<String> running = new ArrayList<>();
      while (!course.over()) {
        for (String step : course.next()) {
          assertThat(ended).containsAll(after.get(step)).doesNotContain(step);
          course = course.begun(step);
          running.add(step);
        }
        String step = running.remove(random.nextInt(running.size()));
        ended.add(step);
        course = course.ended(step, true);
      }
      assertThat(ended).containsExactlyInAnyOrderElementsOf(after.keySet());
    }
  }
}
