"""Programs that verify what this product says without it."""
