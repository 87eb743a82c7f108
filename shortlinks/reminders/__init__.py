"""Reminders that leave the site: what they say, and the ways they take."""
