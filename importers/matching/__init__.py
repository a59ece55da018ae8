"""What names in a file mean: by saved alias, then exactly, else suggested and asked."""
