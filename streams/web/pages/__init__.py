"""The pages of the console, one file each; what they show is worked out elsewhere."""
