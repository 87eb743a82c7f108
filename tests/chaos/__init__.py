"""Faults against the whole service, and what tests of them share."""
