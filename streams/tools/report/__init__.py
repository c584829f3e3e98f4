"""The supervisor's week of one office as one page for print: what was lost track of, the load, what is asked for."""
