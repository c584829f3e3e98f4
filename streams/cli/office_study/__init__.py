"""The process that the console starts to work out what is ahead of the offices and what would relieve them."""
