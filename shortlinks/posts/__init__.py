"""Posts: made, changed, and recognised by their addresses."""
