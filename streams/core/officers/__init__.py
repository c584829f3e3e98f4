"""Officers: registers, load records and officer alerts, judged at the ends of load periods."""
