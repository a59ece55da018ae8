"""Data → bytes: what a document says (`contents`) becomes DOCX, PDF, XLSX and mail.

Rooms: `contents` (the figures and names) · `wording`, `fields` (contents → strings) · `production` (one call
per document) · `templates`, `rendering`, `restricted`, `child` (DOCX, and where templates run) · `packages`
(looking into a DOCX) · `pdf`, `libreoffice`, `wheel`, `fonts` (DOCX → PDF) · `continuation_sheet` (XLSX) ·
`mail` (letters and messages). Kept free of imports: the children that render start through this package and
must start quickly.
"""
