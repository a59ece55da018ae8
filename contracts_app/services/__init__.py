"""One function per command: load → domain → save. No HTTP, no Temporal.

`performing` is the way in: it checks the person and calls the function that a command names. Steps that the
system takes by itself stand in `invoice_documents`, `receipts` and `reminders` (papers), `delivery`
(mail), `imports` (reading a file) and `contracts` (closing); `processes` says what comes next.
SQL stands in `store`, but for the `invariants`, which are SQL and ask past the store's own queries.
"""
