"""Webhooks: signed messages of what happened, to addresses that the owner names."""
