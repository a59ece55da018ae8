"""Files → typed entries, problems and decisions. Pure: no database, no clock; never raises on data.

One door: `analysis.analyse(kind, file_name, data, known, decisions) -> Analysis`.

Rooms, in the order a file passes through them:
`reading` (what the bytes are; `parsing`, the guarded process, makes them `sheets` of rows that know where
they stand) → `columns` (which column is which field) → `conventions`, `values` (cells → dates, numbers,
hours) →
one module per kind in `kinds`: `contracts`, `schedule_of_values`, `change_orders`, `application_totals`,
`application_lines`, `labour_log`, `deliveries`, `timesheets` with `timesheet_entry`, `projects` and
`rates_compared` (typed `entries`, checked by the steps of their `rules`) → `identity`, or `occurrence` for
rows without ids (new, known, repeated, contradicting).

`problems` says what is wrong and what a person decides; `known` is what the caller tells about the contract.
Rules with worked figures: docs/SPEC-imports.md.
"""
