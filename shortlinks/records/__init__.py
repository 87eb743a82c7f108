"""What all records share: how they are read from requests, written in one transaction, paged, versioned and told of."""
