"""Pure rules of contract billing: no clock, no I/O, no ambient Decimal context.

Rooms: `money`, `canonical` (amounts, hashes) · `contract`, `schedule_of_values`, `milestones` (what was
agreed) · `pay_application`, `retainage`, `drafting`, `checks` (what is billed) · `approvals`, `roles`,
`transitions` (who may do what, when) · `receivables`, `follow_up` (money in) · `business_time` · `progress`
(what a process does next and why it waits) · `commands`, `refusals` (what people say and hear).
"""
