"""The language that is spoken, and how numbers, counts and lists are said in it."""
