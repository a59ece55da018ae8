"""How long records are kept, what holds them longer, and what is erased of people (SPEC-retention)."""
