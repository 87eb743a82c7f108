"""Clicks counted: tallied, kept, read back, counted again and forgotten in time."""
