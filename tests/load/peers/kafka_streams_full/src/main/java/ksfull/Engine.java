package ksfull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.PriorityQueue;

/** One partition: the buffer that puts four topics in order, the clock, the deadlines, and the cases. Knows no Kafka. */
final class Engine {
  /** What is at rest, by case; and the open cases by officer. */
  interface Rest {
    byte[] get(String caseId);

    void put(String caseId, byte[] state);

    int[] load(String officer);

    void load(String officer, int[] load);
  }

  static final long HOLD_BACK = 2000;
  static final int TOPICS = 4;

  private final Rest rest;
  private final Judge judge;
  private final boolean keepsObjects;
  private final int mostObjects;
  private final Bytes bytes = new Bytes(new byte[4096]);

  private final PriorityQueue<Event> buffer = new PriorityQueue<>(1024);
  private final long[] seen = new long[TOPICS];
  private long clock = Long.MIN_VALUE;
  private final Timers timers = new Timers();
  private final HashMap<String, Timers.Timer> timerOf = new HashMap<>();
  private Event[] group = new Event[256];

  /** keepsObjects: decoded states, least recently used first; the dirty ones are encoded at a commit. */
  private final LinkedHashMap<String, CaseState> objects;
  private final ArrayList<CaseState> dirty = new ArrayList<>();
  private final HashMap<String, int[]> loads = new HashMap<>();
  private final HashMap<String, int[]> dirtyLoads = new HashMap<>();

  long events;
  long groups;
  long late;
  long fired;

  Engine(Policy policy, Rest rest, Judge.Sink sink, int mostObjects) {
    this.rest = rest;
    this.judge = new Judge(policy, sink);
    this.mostObjects = mostObjects;
    keepsObjects = mostObjects > 0;
    objects = keepsObjects ? new LinkedHashMap<>(1024, 0.75f, true) : null;
    Arrays.fill(seen, Long.MIN_VALUE);
  }

  // ---------------------------------------------------------------------------------------------------------------- events in

  /** One event of one of the four topics. */
  void accept(int topic, Event e) {
    if (e.type == Types.CLOCK) {
      seen[topic] = Math.max(seen[topic], e.rec);
    } else {
      events++;
      seen[topic] = Math.max(seen[topic], e.rec - HOLD_BACK);
      buffer.add(e);
    }
    long least = seen[0];
    for (int i = 1; i < TOPICS; i++) {
      least = Math.min(least, seen[i]);
    }
    if (least > clock) {
      advance(least);
    }
  }

  /** Nothing recorded before w will come. */
  private void advance(long w) {
    for (Event head = buffer.peek(); head != null && head.rec < w; head = buffer.peek()) {
      long r = head.rec;
      if (r > clock) {
        fire(r);
        clock = r;
      } else if (r < clock) {
        late++;
      }
      int n = 0;
      while (head != null && head.rec == r) {
        if (n == group.length) {
          group = Arrays.copyOf(group, n * 2);
        }
        buffer.poll();
        release(head);
        group[n++] = head;
        head = buffer.peek();
      }
      instant(n, clock);
    }
    if (w > clock) {
      fire(w);
      clock = w;
    }
    if (keepsObjects) {
      shrink();
    }
  }

  /** All events of one instant, by case and key. */
  private void instant(int n, long c) {
    if (n == 1) {
      apply(0, 1, c);
      group[0] = null;
      return;
    }
    Arrays.sort(group, 0, n, Event::byCase);
    int kept = 0;
    for (int i = 0; i < n; i++) {
      Event e = group[i];
      if (kept > 0) {
        Event before = group[kept - 1];
        if (before.occ == e.occ && before.id.equals(e.id) && before.type == e.type && before.caseId.equals(e.caseId)) {
          if (Arrays.equals(before.raw, e.raw) || Decoder.canonical(before.raw).equals(Decoder.canonical(e.raw))) {
            continue; // the same event twice
          }
          e.tie(before.tie + 1);
        }
      }
      group[kept++] = e;
    }
    for (int from = 0; from < kept; ) {
      int to = from + 1;
      while (to < kept && group[to].caseId.equals(group[from].caseId)) {
        to++;
      }
      apply(from, to, c);
      from = to;
    }
    Arrays.fill(group, 0, n, null);
  }

  private void apply(int from, int to, long c) {
    groups++;
    String caseId = group[from].caseId;
    CaseState s = state(caseId);
    String officer = s.registered && s.isOpen() ? s.officerOfRecord() : null;
    int kind = s.atLiberty() ? 0 : 1;
    for (int i = from; i < to; i++) {
      s.apply(group[i]);
    }
    judge.judge(s, c, group, from, to);
    String now = s.registered && s.isOpen() ? s.officerOfRecord() : null;
    int nowKind = s.atLiberty() ? 0 : 1;
    if (officer == null ? now != null : !officer.equals(now) || kind != nowKind) {
      count(officer, kind, -1);
      count(now, nowKind, 1);
    }
    keep(s);
  }

  /** Deadlines before an instant, each at its own. */
  private void fire(long before) {
    while (timers.firstDue() < before) {
      Timers.Timer timer = timers.first();
      CaseState s = state(timer.caseId);
      fired++;
      judge.judge(s, timer.due, group, 0, 0);
      keep(s);
    }
  }

  // ---------------------------------------------------------------------------------------------------------------- states

  private CaseState state(String caseId) {
    if (keepsObjects) {
      CaseState s = objects.get(caseId);
      if (s != null) {
        return s;
      }
    }
    byte[] data = rest.get(caseId);
    CaseState s = data == null ? new CaseState(caseId) : CaseState.decode(caseId, data);
    if (keepsObjects) {
      objects.put(caseId, s);
    }
    return s;
  }

  private void keep(CaseState s) {
    if (s.timer == null) {
      s.timer = timerOf.get(s.caseId);
      if (s.timer == null && s.nextDue != CaseState.NONE) {
        s.timer = new Timers.Timer(s.caseId);
        timerOf.put(s.caseId, s.timer);
      }
    }
    if (s.timer != null) {
      timers.set(s.timer, s.nextDue);
    }
    if (!keepsObjects) {
      rest.put(s.caseId, s.encode(bytes));
    } else if (!s.dirty) {
      s.dirty = true;
      dirty.add(s);
    }
  }

  private void shrink() {
    if (objects.size() <= mostObjects) {
      return;
    }
    Iterator<CaseState> all = objects.values().iterator();
    for (int over = objects.size() - mostObjects; over > 0 && all.hasNext(); over--) {
      CaseState s = all.next();
      if (s.dirty) {
        s.dirty = false;
        rest.put(s.caseId, s.encode(bytes));
      }
      all.remove();
    }
  }

  private void count(String officer, int kind, int by) {
    if (officer == null) {
      return;
    }
    int[] load = loads.get(officer);
    if (load == null) {
      load = rest.load(officer);
      if (load == null) {
        load = new int[2];
      }
      loads.put(officer, load);
    }
    load[kind] += by;
    dirtyLoads.put(officer, load);
  }

  // ---------------------------------------------------------------------------------------------------------------- commit and restore

  private long lastPending;
  private final ArrayList<Long> done = new ArrayList<>();

  private void release(Event e) {
    if (e.pending >= 0) {
      done.add(e.pending);
    }
  }

  /** Before a commit: what only the heap knows goes to rest. */
  void flush(Held held) {
    for (CaseState s : dirty) {
      if (s.dirty) { // else it went to rest when it was the least recently used
        s.dirty = false;
        rest.put(s.caseId, s.encode(bytes));
      }
    }
    dirty.clear();
    dirtyLoads.forEach(rest::load);
    dirtyLoads.clear();
    for (long n : done) {
      held.drop(n);
    }
    done.clear();
    for (Event e : buffer) {
      if (e.pending < 0) {
        e.pending = lastPending++;
        held.hold(e.pending, e.raw);
      }
    }
    held.clock(clock, seen);
  }

  /** The events read and not yet released, and how far the clock is. */
  interface Held {
    void hold(long n, byte[] event);

    void drop(long n);

    void clock(long clock, long[] seen);
  }

  void restoreTimer(String caseId, byte[] state) {
    long due = CaseState.nextDue(state);
    if (due != CaseState.NONE) {
      Timers.Timer timer = new Timers.Timer(caseId);
      timerOf.put(caseId, timer);
      timers.set(timer, due);
    }
  }

  void restoreEvent(long n, Event e) {
    e.pending = n;
    lastPending = Math.max(lastPending, n + 1);
    buffer.add(e);
  }

  void restoreClock(long at, long[] seenThen) {
    clock = at;
    System.arraycopy(seenThen, 0, seen, 0, TOPICS);
  }

  long clock() {
    return clock;
  }

  long published() {
    return judge.published;
  }
}
