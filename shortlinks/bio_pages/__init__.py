"""Bio pages: a profile's public page of links, and its rows."""
