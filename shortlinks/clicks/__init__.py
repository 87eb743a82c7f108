"""Clicks: recorded, shipped to Redis, and what each of them turned out to be."""
