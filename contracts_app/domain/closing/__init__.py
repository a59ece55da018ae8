"""Period close: accounting months, what is left to do before one is closed, and where late entries go."""
