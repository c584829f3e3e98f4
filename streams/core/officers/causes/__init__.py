"""The causes of officer alerts (CONTRACT.md §10): what each computes, in the file that has its name."""
