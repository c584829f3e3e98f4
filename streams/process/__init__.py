"""The operating-system process: exits, watchdog, event loop, memory, children."""
