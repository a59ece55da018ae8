"""Papers that must be there before an invoice goes out or money is applied: docs/SPEC-compliance.md."""
