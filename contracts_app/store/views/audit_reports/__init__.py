"""The queries of the reports for auditors, and what runs them."""
