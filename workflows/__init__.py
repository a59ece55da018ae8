"""Durable processes: one workflow class each, thin activities, the doors to reach them.

`process` is what all of them share: take commands, do the next automatic step, wait for whom or until when.
What is next is decided by `contracts_app.domain.progress` over facts in PostgreSQL.
"""
