"""Time billed by rates: rate cards, rounding, least charges, overtime."""
