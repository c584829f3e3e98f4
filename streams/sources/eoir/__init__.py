"""EOIR CASE data (public court records) to an event log.

What the tables are: one row a case (A_TblCase), a row or more of proceedings (B_TblProceeding), a row a hearing
(tbl_schedule), and, where the release has them, custody and motions. The judge stands in for the officer and the base
city for the office. They contain no check-ins, no appearances, no supervision and no address, so no such event
is written. Every case gets the level `annual`, the one that asks for least, because none is known.

Each event: what it is made from; when it occurred; when it was recorded.

case_opened: the first proceeding; OSC_DATE unless later than INPUT_DATE; INPUT_DATE, or its first hearing that day.
officer_assigned: IJ_CODE of a hearing whose judge or court is another than before; INPUT_DATE and INPUT_TIME; the same.
    Where no hearing of a proceeding names a judge, IJ_CODE of the proceeding; TRANS_IN_DATE or INPUT_DATE. After an
    adjournment for a change of judge, IJ_CODE of the proceeding; when that adjournment occurred.
hearing_scheduled: a row of tbl_schedule, due at ADJ_DATE and ADJ_TIME_START; INPUT_DATE and INPUT_TIME; the same.
hearing_adjourned, hearing_held, hearing_cancelled: ADJ_RSN; when due, or UPDATE_DATE and UPDATE_TIME if before it;
    UPDATE_DATE and UPDATE_TIME, or ADJ_DATE.
hearing_missed: ABSENTIA = Y with COMP_DATE, for the last hearing of the proceeding that day; when due; COMP_DATE.
case_closed: COMP_DATE with DEC_CODE or OTHER_COMP, unless the proceeding left, another is pending, or it is an order of
    removal in absence; when the hearing of that day was due, or COMP_DATE; COMP_DATE.
order_rescinded, case_reopened: a later proceeding, or a granted motion to reopen, to reconsider or to put on the
    calendar; INPUT_DATE, or COMP_DATE of the motion; the same.
transferred_out: OTHER_COMP change of venue or transfer, or VENUE_CHG_GRANTED, to the court of the next proceeding, or
    TRANSFER_TO; COMP_DATE, or VENUE_CHG_GRANTED; the same.
transferred_in: a proceeding at another court; TRANS_IN_DATE, or INPUT_DATE; the later of the two.
custody_changed: tbl_CustodyHistory; else DATE_DETAINED and DATE_RELEASED; else ADJ_RSN of a docket that was moved; else
    CUSTODY = D, since the opening; those dates; the same.
address_changed (valid): ADDRESS_CHANGEDON; that date; the same.

- An order of removal in absence can be rescinded, and the person is still to be found: it does not close the case,
  unless the user says so (`--close-in-absentia`). `removed` is the court's word for its order; the tables do
  not contain whether the person left.
- A date alone is when its local day began, and is known when that day is over; a hearing without a time of day is due
  at the end of its day. Local is the time zone of the court in the policy (`[offices]`), UTC when it is not there.
- A raw code goes no further than `codes`; kinds of hearings are master, individual, custody and other, and reviews of
  fear are individual hearings like any, so that no code that tells of asylum has an event of its own.
- Codes that the domain notes do not document take their meaning from the lookup tables of the release, if it has them;
  otherwise they are `unknown` or `other`, and counted.
- A row with too many fields is shifted back if there is exactly one way, else skipped; both are counted. In a row with
  as many fields as columns, a value in another form (a date of the United States, quotes) is read, and one that does
  not fit is left out; both are counted by column.
"""
