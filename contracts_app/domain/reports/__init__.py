"""What is earned and not yet billed, and how old it is."""
