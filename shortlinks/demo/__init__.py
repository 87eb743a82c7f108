"""The demo: eight weeks of believable posts."""
