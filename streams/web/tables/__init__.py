"""The output topics as the console keeps them: tables of what holds now, and the history of the past days, bounded."""
