"""What is owed and paid, what follows, and what a process waits for."""
