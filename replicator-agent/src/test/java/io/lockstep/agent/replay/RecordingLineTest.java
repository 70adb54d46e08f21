package io.lockstep.agent.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.failover.contact.ContactVerdict;
import io.lockstep.failover.contact.Extent;
import io.lockstep.failover.replay.Entry;
import io.lockstep.failover.role.Change;
import io.lockstep.failover.role.PeerMessage;
import io.lockstep.failover.role.Role;
import io.lockstep.failover.role.RoleEffect;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.failover.role.RoleState;
import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every kind of input, effect, change, message and verdict that there is comes back as it was. */
class RecordingLineTest {
  @Test
  void everyInputComesBackAsItWas() throws Exception {
    List<Object> inputs = everyOf(RoleInput.class);
    assertThat(kinds(inputs)).containsExactlyInAnyOrder(RoleInput.class.getPermittedSubclasses());
    assertThat(inputs.stream().map(Object::toString))
        .as("what inputs hold is enumerated as well")
        .anyMatch(s -> s.contains("StepDown["))
        .anyMatch(s -> s.contains("Yield["))
        .anyMatch(s -> s.contains("BothInconsistent["));
    for (Object input : inputs) {
      Entry entry = new Entry.Took(-7, (RoleInput) input, Role.DEMOTING);
      assertThat(RecordingLine.read(RecordingLine.of(entry))).isEqualTo(entry);
    }
  }

  @Test
  void everyStateComesBackAsItWas() throws Exception {
    List<Object> states = everyOf(RoleState.class);
    assertThat(states.size()).isGreaterThan(20);
    for (Object state : states) {
      Entry entry = new Entry.Begin("desk", 1, 2, 3, true, (RoleState) state);
      assertThat(RecordingLine.read(RecordingLine.of(entry))).isEqualTo(entry);
    }
  }

  @Test
  void timesComeBackToTheNanosecond() throws Exception {
    for (Entry entry :
        List.of(
            new Entry.Heard(List.of(-5L)),
            new Entry.Heard(List.of(1_000_000_007L, 2_000_000_011L, 2_100_000_000L)),
            new Entry.Passed(Long.MAX_VALUE))) {
      assertThat(RecordingLine.read(RecordingLine.of(entry))).isEqualTo(entry);
    }
  }

  @Test
  void whatWasChangedByOneLetterOrCutShortIsNotRead() {
    String line =
        RecordingLine.of(new Entry.Took(5, new RoleInput.LinkDown("cut"), Role.SECONDARY));
    for (int i = 0; i < line.length(); i++) {
      String cut = line.substring(0, i);
      String other = cut + (char) (line.charAt(i) + 1) + line.substring(i + 1);
      assertThatThrownBy(() -> RecordingLine.read(cut))
          .isInstanceOf(RecordingLine.UnreadableException.class);
      assertThatThrownBy(() -> RecordingLine.read(other))
          .isInstanceOf(RecordingLine.UnreadableException.class);
    }
  }

  private static Class<?>[] kinds(List<Object> values) {
    return values.stream().map(Object::getClass).distinct().toArray(Class<?>[]::new);
  }

  /** Values of the type that between them hold every kind of what can be in it. */
  private static List<Object> everyOf(Class<?> type) throws ReflectiveOperationException {
    List<Object> all = new ArrayList<>();
    if (type.isSealed()) {
      for (Class<?> each : type.getPermittedSubclasses()) {
        all.addAll(everyOf(each));
      }
    } else if (type.isEnum()) {
      all.addAll(Arrays.asList(type.getEnumConstants()));
    } else if (type.isRecord()) {
      all.addAll(records(type));
    } else if (type == boolean.class) {
      all.addAll(List.of(true, false));
    } else if (type == long.class) {
      all.addAll(List.of(42L, Long.MIN_VALUE, Long.MAX_VALUE));
    } else if (type == String.class) {
      all.addAll(List.of("why, \"so\"\nüber\t\u2028", ""));
    } else {
      throw new AssertionError("no value of " + type + " is known");
    }
    return all;
  }

  /** As many as its component with the most kinds needs, the others going round. */
  private static List<Object> records(Class<?> type) throws ReflectiveOperationException {
    RecordComponent[] components = type.getRecordComponents();
    List<List<Object>> values = new ArrayList<>();
    int most = 1;
    for (RecordComponent component : components) {
      List<Object> each = component(type, component);
      values.add(each);
      most = Math.max(most, each.size());
    }
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    Constructor<?> canonical = type.getDeclaredConstructor(types);
    List<Object> all = new ArrayList<>();
    for (int i = 0; i < most; i++) {
      Object[] arguments = new Object[components.length];
      for (int c = 0; c < components.length; c++) {
        arguments[c] = values.get(c).get(i % values.get(c).size());
      }
      all.add(canonical.newInstance(arguments));
    }
    return all;
  }

  private static List<Object> component(Class<?> owner, RecordComponent component)
      throws ReflectiveOperationException {
    Type type = component.getGenericType();
    if (type instanceof ParameterizedType list) {
      return List.of(everyOf((Class<?>) list.getActualTypeArguments()[0]), List.of());
    }
    List<Object> values = new ArrayList<>(everyOf(component.getType()));
    boolean nullable =
        owner == RoleState.class && !component.getType().isPrimitive()
            || owner == RoleInput.EffectDone.class && component.getName().equals("generation")
            || owner == ContactVerdict.Split.class && component.getName().equals("keeps");
    if (nullable) {
      values.add(null);
    }
    return values;
  }

  @Test
  void theEnumerationReachesWhatItShould() throws Exception {
    assertThat(kinds(everyOf(RoleEffect.class)))
        .containsExactlyInAnyOrder(RoleEffect.class.getPermittedSubclasses());
    assertThat(kinds(everyOf(Change.class)))
        .containsExactlyInAnyOrder(Change.class.getPermittedSubclasses());
    assertThat(kinds(everyOf(PeerMessage.class)))
        .containsExactlyInAnyOrder(PeerMessage.class.getPermittedSubclasses());
    assertThat(everyOf(Extent.class)).hasSize(Extent.values().length);
  }
}
