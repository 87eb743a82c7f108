"""The processes: what starts, watches, measures and ends them."""
