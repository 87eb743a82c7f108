"""What platforms say about posts: typed, pasted or imported, and when it is asked for."""
