"""The console: live web pages on loads and lost-track cases for supervisors, and the access control before them."""
