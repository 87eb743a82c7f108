"""Experiments: one thing tried on half of the next posts, planned, drawn, and judged in the end."""
