"""Fetching what is elsewhere, never from where it must not."""
