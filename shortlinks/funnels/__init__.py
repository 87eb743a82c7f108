"""The funnel of a post, and what becomes of many: from views to clicks to conversions."""
