"""Links: made and changed, followed from memory, and whether their targets work."""
