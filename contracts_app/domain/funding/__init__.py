"""What may be billed at most: caps, client purchase orders, notices, advances."""
