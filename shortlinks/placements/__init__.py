"""The spots where a link can hang: the catalogue, what fits there, and where to begin."""
