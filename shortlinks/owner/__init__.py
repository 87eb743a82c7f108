"""Whose service this is: the creator's settings, signing in, tokens, and from where the service can be reached."""
