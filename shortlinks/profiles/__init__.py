"""Profiles: accounts on platforms, what a platform says of them, and their weeks."""
