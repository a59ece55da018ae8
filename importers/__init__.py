"""Files to typed entries and problems. Never raises on data."""
