"""Arrivals: clicks of which the target page itself said that the visitor got there."""
