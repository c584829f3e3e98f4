"""Foresees check-ins, hearings and workload a week: what is booked, and what is expected by the rates of the log."""
