package io.lockstep.agent.api;

import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * The newest events of a node, kept in memory up to a bound, and told to subscribers as they come.
 * Safe for any thread.
 */
public final class EventLog {
  private final int capacity;
  private final Clock clock;
  private final Deque<Event> events = new ArrayDeque<>();
  private final List<Consumer<Event>> subscribers = new CopyOnWriteArrayList<>();
  private long lastId;

  /**
   * @param capacity events kept; the oldest go first
   */
  public EventLog(int capacity, Clock clock) {
    this.capacity = capacity;
    this.clock = clock;
  }

  /** Adds an event and tells every subscriber, in the order of the ids. */
  public Event add(Event.Level level, String module, String text) {
    synchronized (events) {
      Event event = new Event(++lastId, clock.millis(), level, module, text);
      events.addLast(event);
      if (events.size() > capacity) {
        events.removeFirst();
      }
      subscribers.forEach(subscriber -> subscriber.accept(event));
      return event;
    }
  }

  /** The events still kept whose id is above {@code id}, oldest first. */
  public List<Event> after(long id) {
    synchronized (events) {
      return events.stream().filter(event -> event.id() > id).toList();
    }
  }

  /**
   * Tells {@code subscriber} every kept event above {@code id} and then each new one, none twice
   * and none left out, until the returned subscription is closed. It is called under the log's lock
   * and must only hand the event on.
   */
  public Subscription subscribe(long id, Consumer<Event> subscriber) {
    synchronized (events) {
      // After a restart of the agent the ids begin anew: a higher id than any is of an earlier run.
      long from = id > lastId ? 0 : id;
      new ArrayList<>(after(from)).forEach(subscriber);
      subscribers.add(subscriber);
      return () -> subscribers.remove(subscriber);
    }
  }

  /** Ends with {@link #close}. */
  public interface Subscription extends AutoCloseable {
    @Override
    void close();
  }
}
