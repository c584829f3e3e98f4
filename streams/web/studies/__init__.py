"""Questions about offices that take minutes to compute: a child process answers them, and the pages show the answer."""
