"""Cost plus a fee, guaranteed maximum price, savings."""
