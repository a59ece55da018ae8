"""Profiles: what is known of one source's files, as data. A profile is recognised by the headers of its file.

How to add a profile
    Put a `Profile` into the module of its area (`time_trackers`, `expense_tools`, …; a new module for a new
    area) and that module's `PROFILES` into `known.AREAS`. `headers` are those that together no other file
    has; `columns` says which header is which field of the kind: only these are read. A file without a header
    is recognised by its `shape`, and its columns are numbers, the first being 0. Rows that are no data of
    this kind stand in `ignored`, with the reason that the report gives. What the source fixes (the order of
    its dates, the unit of its durations) stands in the profile and is then not asked.

How to add a kind
    Put a member into `entries.Kind`, other usual words for it into `kinds.names`, a module with its columns,
    entry and `Rules` into `kinds`, and these `RULES` into `kinds.every`. A kind that can be posted has a
    function in the services' table of postings as well, and an example in `examples`.

A saved mapping of a firm is a `Profile`, too: `KnownThings.profiles`, looked at before ours.
"""
