"""Measuring a worker under load: events sent in open loop, and how long each alert takes to be readable.

**The latency of an alert revision** is the time from when the event that made it due was meant to be sent, to when a
consumer that reads committed records only had it in hand. Exactly:

- A revision bears its instant: `raised_at`, `escalated_at` or `ended_at`, whichever made it what it is. It is due by
  the first event of the run recorded at or after that instant: the very event that raised or ended the alert, or, when
  the clock merely passed a deadline, the first one whose recorded_at says that it has passed. (A revision that only
  publishes a standing alert anew, for another officer or in another topic, bears no instant of its own: not counted.)
- That event counts as sent when the schedule meant it to be sent (open loop), not when it was. A sender held up by a
  slow broker makes the figures worse, never better: they are free of coordinated omission.
- The end is the instant at which the consumer's poll returned with the record, on the sender's own monotonic clock.

So everything is in it: the wait in the producer's batch, the broker, the hold-back, the wait for the other topics of
the partition, judging, the transaction, the consumer's poll. It needs one machine's clock only.

With the wall clock, the log is lived through now: every instant of an event is moved by what makes it recorded at the
very instant at which it is meant to be sent, and no `clock` records are sent, as from feeds without a heartbeat. The
hold-back is wall time there, and the least that an alert takes. Alerts come from events alone: no deadline set by a
policy in days falls into a run of seconds.

With the log's clock, the log is sent as it is, with a `clock` record in every partition twice a second. Deadlines fall
due as they do in the log. Its time flies, so the hold-back, in the log's time, is next to nothing, and what a quiet
topic holds up is the wait for the next `clock` record: half a second at most.
"""
