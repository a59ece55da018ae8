"""The event history of a process, read by people and held against the audit log."""
