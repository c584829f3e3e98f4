"""Schemas as they were released; they never change."""
