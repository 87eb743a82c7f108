"""Findings: why a post's count drops off, and what to try next. One rule a function, on the case of a post."""
