package ksfull;

import ksfull.CaseState.Alert;
import ksfull.CaseState.Thing;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Which causes hold for a case, and what becomes of its alerts (contract §4, §5). One a task: it reuses its lists. */
final class Judge {
  interface Sink {
    void alert(long instant, String caseId, String alertId, byte[] json);
  }

  private static final class Candidate {
    int cause;
    String instance;
    long anchor;
    long deadline;
    Thing thing;
    Alert alert;
  }

  private record Due(String id, Alert alert, Event newest, boolean superseded) {}

  /** Contract v3 names the officer of record of a closed case, too; docketwatch at 54e11c9 still says null there. */

  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private final Policy policy;
  private final Sink sink;
  private final MessageDigest sha;
  private final Bytes json = new Bytes(new byte[1024]);
  private Candidate[] found = new Candidate[16];
  private int n;
  private int agency;
  long published;

  Judge(Policy policy, Sink sink) {
    this.policy = policy;
    this.sink = sink;
    for (int i = 0; i < found.length; i++) {
      found[i] = new Candidate();
    }
    try {
      sha = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException error) {
      throw new IllegalStateException(error);
    }
  }

  // ------------------------------------------------------------------------------------------------------------ what holds

  private void add(int cause, String instance, long anchor, long deadline, Thing thing) {
    if (n == found.length) {
      found = Arrays.copyOf(found, n * 2);
      for (int i = n; i < found.length; i++) {
        found[i] = new Candidate();
      }
    }
    Candidate c = found[n++];
    c.cause = cause;
    c.instance = instance;
    c.anchor = anchor;
    c.deadline = deadline;
    c.thing = thing;
    c.alert = null;
  }

  private boolean tooFar(Thing t) {
    return t.due > t.sched.occ + policy.maxAhead;
  }

  private void causes(CaseState s) {
    n = 0;
    if (!s.registered || !s.isOpen()) {
      return;
    }
    Calendar.Zone zone = policy.zone(s.office);
    boolean[] on = policy.enabled;
    long opened = s.life.since.occ;
    long base = s.base();
    boolean liberty = s.atLiberty();
    boolean stale = s.stale();
    Key arrival = s.arrival();
    String officer = s.assignment.held;
    Key since = s.assignment.since;

    boolean moving = s.moving() && on[Types.IN_TRANSIT];
    if (moving) {
      long t = Math.max(s.transferKey.occ, opened);
      add(Types.IN_TRANSIT, null, t, policy.after[Types.IN_TRANSIT].after(t, zone), null);
    } else if ((officer == null || stale) && on[Types.NO_OFFICER]) {
      long t = opened;
      if (officer == null && since != null) {
        t = Math.max(t, since.occ);
      }
      if (arrival != null) {
        t = Math.max(t, arrival.occ);
      }
      add(Types.NO_OFFICER, null, t, policy.after[Types.NO_OFFICER].after(t, zone), null);
    }

    if (liberty && officer != null && !stale && on[Types.HANDOFF] && since.compareTo(s.first) != 0) {
      long ack = CaseState.get(s.names, s.acked, officer);
      if (ack < since.occ && s.contact.at < since.occ) { // NONE is before all
        long t = Math.max(since.occ, base);
        add(Types.HANDOFF, null, t, policy.after[Types.HANDOFF].after(t, zone), null);
      }
    }

    if (liberty && on[Types.NOTHING]) {
      long t = nothingSince(s, base);
      add(Types.NOTHING, null, t, policy.after[Types.NOTHING].after(t, zone), null);
    }

    if (liberty && s.address.held == "bad" && on[Types.NOTICE]) {
      long t = Math.max(s.address.since.occ, base);
      add(Types.NOTICE, null, t, policy.after[Types.NOTICE].after(t, zone), null);
    }

    List<Thing> hearings = s.hearings;
    for (int i = 0; i < hearings.size(); i++) {
      Thing h = hearings.get(i);
      if (h.state == CaseState.S_SCHEDULED) {
        if (h.due >= opened && on[Types.UNRESOLVED]) {
          add(Types.UNRESOLVED, h.id, h.due, policy.after[Types.UNRESOLVED].after(h.due, zone), h);
        }
      } else if (h.state == CaseState.S_MISSED && liberty && on[Types.MISSED]) {
        long t = h.stateKey.occ;
        if (t >= base && s.contact.at < t) {
          add(Types.MISSED, h.id, t, t, h);
        }
      }
    }

    if (liberty) {
      bookings(s, base, zone);
    }
  }

  private static int stateOf(Thing b) {
    if (b.state != CaseState.S_BY_PERSON) {
      return b.state;
    }
    return b.stateKey.occ >= b.due ? CaseState.S_MISSED : CaseState.S_CANCELLED;
  }

  private long nothingSince(CaseState s, long base) {
    long t = Math.max(base, s.settled.at);
    for (int i = 0; i < s.bookings.size(); i++) {
      Thing b = s.bookings.get(i);
      if (b.due > t && ahead(b, true)) {
        t = b.due;
      }
    }
    for (int i = 0; i < s.hearings.size(); i++) {
      Thing h = s.hearings.get(i);
      if (h.due > t && ahead(h, false)) {
        t = h.due;
      }
    }
    return t;
  }

  /** Whether the due date of a booking or hearing counts for nothing_scheduled. */
  private boolean ahead(Thing t, boolean booking) {
    if (t.sched == null || tooFar(t)) {
      return false;
    }
    int state = booking ? stateOf(t) : t.state;
    return state == CaseState.S_SCHEDULED || booking && state == CaseState.S_MISSED;
  }

  private void bookings(CaseState s, long base, Calendar.Zone zone) {
    Thing least = null;
    long leastDeadline = 0;
    boolean blocked = false;
    for (int i = 0; i < s.bookings.size(); i++) {
      Thing b = s.bookings.get(i);
      if (b.sched == null || b.due < base || s.contact.at >= b.due || b.completed >= b.sched.occ || s.lastUnnamed >= b.due - policy.earlyWindow) {
        continue;
      }
      int state = stateOf(b);
      if (state == CaseState.S_CANCELLED) {
        continue;
      }
      blocked |= !tooFar(b);
      long deadline = policy.grace[s.level].after(b.due, zone);
      if (state == CaseState.S_MISSED) {
        deadline = Math.max(b.due, Math.min(deadline, b.stateKey.occ));
      }
      if (least == null || deadline < leastDeadline
          || deadline == leastDeadline && (b.due < least.due || b.due == least.due && b.id.compareTo(least.id) < 0)) {
        least = b;
        leastDeadline = deadline;
      }
    }
    if (least != null && policy.enabled[Types.OVERDUE]) {
      add(Types.OVERDUE, least.id, least.due, leastDeadline, least);
    }
    if (!blocked && policy.enabled[Types.NO_CONTACT]) {
      long t = Math.max(base, Math.max(s.contact.at, s.agencyCancelled.at));
      long deadline = policy.grace[s.level].after(policy.interval[s.level].after(t, zone), zone);
      add(Types.NO_CONTACT, null, t, deadline, null);
    }
  }

  /** The events whose value is the anchor; only for what is raised. */
  private String[] evidence(CaseState s, Candidate c) {
    ArrayList<String> ids = new ArrayList<>(2);
    long t = c.anchor;
    switch (c.cause) {
      case Types.UNRESOLVED, Types.OVERDUE -> ids.add(c.thing.sched.id);
      case Types.MISSED -> ids.add(c.thing.stateKey.id);
      case Types.NO_OFFICER -> {
        at(ids, t, s.life.since);
        if (s.assignment.held == null) {
          at(ids, t, s.assignment.since);
        }
        at(ids, t, s.arrival());
      }
      case Types.IN_TRANSIT -> {
        at(ids, t, s.transferKey);
        at(ids, t, s.life.since);
      }
      default -> {
        at(ids, t, s.life.since);
        if (s.custody.held == "none") {
          at(ids, t, s.custody.since);
        }
        if (c.cause == Types.HANDOFF) {
          at(ids, t, s.assignment.since);
        } else if (c.cause == Types.NOTICE) {
          at(ids, t, s.address.since);
        } else if (c.cause == Types.NO_CONTACT) {
          at(ids, t, s.contact);
          at(ids, t, s.agencyCancelled);
        } else {
          at(ids, t, s.settled);
          for (Thing b : s.bookings) {
            if (b.due == t && ahead(b, true)) {
              ids.add(b.sched.id);
            }
          }
          for (Thing h : s.hearings) {
            if (h.due == t && ahead(h, false)) {
              ids.add(h.sched.id);
            }
          }
        }
      }
    }
    return ids.size() == 1 ? new String[] {ids.get(0)} : ids.stream().distinct().sorted().toArray(String[]::new);
  }

  private static void at(List<String> ids, long t, Key k) {
    if (k != null && k.occ == t) {
      ids.add(k.id);
    }
  }

  private static void at(List<String> ids, long t, CaseState.Latest l) {
    if (l.at == t) {
      ids.addAll(Arrays.asList(l.ids));
    }
  }

  // ------------------------------------------------------------------------------------------------------------ judging

  /** Judge at an instant, after the events from..to were applied (none: the clock passed), and say when to come back. */
  void judge(CaseState s, long c, Event[] applied, int from, int to) {
    causes(s);
    ArrayList<Alert> alerts = s.alerts;
    for (int i = 0; i < alerts.size(); i++) {
      alerts.get(i).holds = false;
    }
    agency = 0;
    int news = 0;
    for (int i = 0; i < n; i++) {
      Candidate x = found[i];
      if (!alerts.isEmpty()) {
        x.alert = find(alerts, x);
      }
      if (x.deadline <= c) {
        if (x.cause < Types.OVERDUE) {
          agency |= 1 << x.cause;
        }
        if (x.alert != null && x.alert.stands()) {
          x.alert.holds = true;
        } else {
          news++;
        }
      }
    }
    if (!alerts.isEmpty()) {
      end(s, c, applied, from, to);
    }
    if (news > 0) {
      raise(s, c);
    }
    if (!alerts.isEmpty()) {
      stand(s, c);
    }
    s.nextDue = nextDue(s, c);
  }

  private static Alert find(ArrayList<Alert> alerts, Candidate x) {
    for (int i = 0; i < alerts.size(); i++) {
      Alert a = alerts.get(i);
      if (a.anchor == x.anchor && a.cause == x.cause && (a.instance == null ? x.instance == null : a.instance.equals(x.instance))) {
        return a;
      }
    }
    return null;
  }

  private void end(CaseState s, long c, Event[] applied, int from, int to) {
    ArrayList<Due> ended = null;
    for (int i = 0; i < s.alerts.size(); i++) {
      Alert a = s.alerts.get(i);
      if (!a.stands() || a.holds) {
        continue;
      }
      Event newest = null;
      Event newestOfAll = null;
      for (int j = from; j < to; j++) {
        Event e = applied[j];
        if (newestOfAll == null || e.key().compareTo(newestOfAll.key()) > 0) {
          newestOfAll = e;
        }
        if ((Types.READS[a.cause] >> e.type & 1) != 0 && (newest == null || e.key().compareTo(newest.key()) > 0)) {
          newest = e;
        }
      }
      boolean superseded = false;
      for (int j = 0; j < n; j++) {
        Candidate x = found[j];
        superseded |= x.cause == a.cause && x.deadline <= c && (x.alert == null || !x.alert.stands()) && x.anchor != a.anchor
            && (x.cause != Types.UNRESOLVED && x.cause != Types.MISSED || x.instance.equals(a.instance));
      }
      if (ended == null) {
        ended = new ArrayList<>(2);
      }
      ended.add(new Due(id(s.caseId, a), a, newest != null ? newest : newestOfAll, superseded));
    }
    if (ended == null) {
      return;
    }
    if (ended.size() > 1) {
      ended.sort(Comparator.comparing(Due::id));
    }
    for (Due due : ended) {
      Alert a = due.alert;
      a.status = due.newest.occ <= a.deadline ? Alert.RETRACTED : Alert.RESOLVED;
      emit(s, a, due.id, c, c, due.superseded ? "superseded" : Types.NAMES[due.newest.type]);
    }
  }

  private void raise(CaseState s, long c) {
    ArrayList<Due> raised = new ArrayList<>(2);
    for (int i = 0; i < n; i++) {
      Candidate x = found[i];
      if (x.deadline > c || x.alert != null && x.alert.stands()) {
        continue;
      }
      Alert a = x.alert;
      if (a == null) {
        a = new Alert();
        a.cause = x.cause;
        a.instance = x.instance;
        a.anchor = x.anchor;
        s.alerts.add(a);
        x.alert = a;
      }
      a.status = Alert.RAISED;
      a.holds = true;
      a.deadline = x.deadline;
      a.raisedAt = c;
      a.escalatedAt = CaseState.NONE;
      a.evidence = evidence(s, x);
      raised.add(new Due(id(s.caseId, a), a, null, false));
    }
    if (raised.size() > 1) {
      raised.sort(Comparator.comparing(Due::id));
    }
    for (Due due : raised) {
      emit(s, due.alert, due.id, c, CaseState.NONE, null);
    }
  }

  private void stand(CaseState s, long c) {
    String officer = s.officerOfRecord();
    Calendar.Zone zone = policy.zone(s.office);
    ArrayList<Due> due = null;
    for (int i = 0; i < s.alerts.size(); i++) {
      Alert a = s.alerts.get(i);
      if (a.status == Alert.RAISED && policy.escalateAfter[a.cause].after(a.raisedAt, zone) <= c) {
        due = due == null ? new ArrayList<>(2) : due;
        due.add(new Due(id(s.caseId, a), a, null, false));
      }
    }
    if (due != null) {
      due.sort(Comparator.comparing(Due::id));
      for (Due d : due) {
        d.alert.status = Alert.ESCALATED;
        d.alert.escalatedAt = c;
        emit(s, d.alert, d.id, c, CaseState.NONE, null);
      }
      due = null;
    }
    for (int i = 0; i < s.alerts.size(); i++) {
      Alert a = s.alerts.get(i);
      if (a.stands() && !(same(a.officer, officer) && same(a.office, s.office))) {
        due = due == null ? new ArrayList<>(2) : due;
        due.add(new Due(id(s.caseId, a), a, null, false));
      }
    }
    if (due != null) {
      due.sort(Comparator.comparing(Due::id));
      for (Due d : due) {
        emit(s, d.alert, d.id, c, CaseState.NONE, null);
      }
    }
  }

  private static boolean same(String a, String b) {
    return a == null ? b == null : a.equals(b);
  }

  private long nextDue(CaseState s, long c) {
    long next = Long.MAX_VALUE;
    for (int i = 0; i < n; i++) {
      Candidate x = found[i];
      if (x.deadline > c && x.deadline < next) {
        next = x.deadline;
      }
    }
    if (!s.alerts.isEmpty()) {
      Calendar.Zone zone = policy.zone(s.office);
      for (int i = 0; i < s.alerts.size(); i++) {
        Alert a = s.alerts.get(i);
        if (a.status == Alert.RAISED) {
          next = Math.min(next, policy.escalateAfter[a.cause].after(a.raisedAt, zone));
        }
      }
    }
    return next == Long.MAX_VALUE ? CaseState.NONE : next;
  }

  private String id(String caseId, Alert a) {
    Bytes b = json;
    b.at = 0;
    b.ascii(caseId).ascii("|").ascii(Types.CAUSES[a.cause]).ascii("|");
    if (a.instance != null) {
      b.ascii(a.instance);
    }
    b.ascii("|").number(a.anchor).ascii("|");
    sha.update(b.data, 0, b.at);
    byte[] digest = sha.digest();
    byte[] text = new byte[32];
    for (int i = 0; i < 16; i++) {
      text[2 * i] = HEX[digest[i] >> 4 & 15];
      text[2 * i + 1] = HEX[digest[i] & 15];
    }
    return new String(text, StandardCharsets.ISO_8859_1);
  }

  private void emit(CaseState s, Alert a, String id, long instant, long endedAt, String endedBy) {
    a.revision++;
    a.officer = s.officerOfRecord();
    a.office = s.office;
    Bytes b = json;
    b.at = 0;
    b.ascii("{\"v\":1,\"alert_id\":\"").ascii(id).ascii("\",\"case_id\":\"").ascii(s.caseId);
    b.ascii("\",\"cause\":\"").ascii(Types.CAUSES[a.cause]).ascii("\",\"cause_class\":\"").ascii(Types.CLASSES[a.cause]);
    b.ascii("\",\"instance\":").quoted(a.instance);
    b.ascii(",\"anchor_at\":").time(a.anchor).ascii(",\"deadline_at\":").time(a.deadline);
    b.ascii(",\"status\":\"").ascii(Alert.STATUS[a.status]);
    b.ascii("\",\"severity\":\"").ascii(a.escalatedAt == CaseState.NONE ? "warning" : "critical");
    b.ascii("\",\"raised_at\":").time(a.raisedAt).ascii(",\"escalated_at\":").time(a.escalatedAt);
    b.ascii(",\"ended_at\":").time(endedAt).ascii(",\"ended_by\":").quoted(endedBy);
    b.ascii(",\"officer_id\":").quoted(a.officer).ascii(",\"office\":").quoted(a.office);
    b.ascii(",\"level\":").quoted(s.levelKey == null ? null : Types.LEVELS[s.level]);
    b.ascii(",\"policy\":\"").ascii(policy.label).ascii("\",\"policy_hash\":\"").ascii(policy.hash).ascii("\",\"revision\":").number(a.revision);
    b.ascii(",\"evidence\":[");
    for (int i = 0; i < a.evidence.length; i++) {
      b.ascii(i == 0 ? "" : ",").quoted(a.evidence[i]);
    }
    b.ascii("],\"agency_causes\":");
    if (a.cause < Types.OVERDUE) {
      b.ascii("null");
    } else {
      b.ascii("[");
      String comma = "";
      for (int cause : Types.NOT_PERSON_BY_NAME) {
        if ((agency >> cause & 1) != 0) {
          b.ascii(comma).quoted(Types.CAUSES[cause]);
          comma = ",";
        }
      }
      b.ascii("]");
    }
    b.ascii(",\"observed_at\":").time(System.currentTimeMillis()).ascii("}");
    published++;
    sink.alert(instant, s.caseId, id, b.taken());
    if (!a.stands()) {
      a.evidence = new String[0];
    }
  }
}
