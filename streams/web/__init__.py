"""The console: what supervisors see of loads and of cases lost track of, in a browser, live, and who may see it."""
