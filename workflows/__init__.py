"""Where each process stands and what it waits for: one workflow class a module."""
