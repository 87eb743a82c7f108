"""What shop systems tell of orders by their webhooks: read, held to be genuine, and reported as conversions."""
