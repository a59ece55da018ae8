"""Pure rules of contract billing: no clock, no I/O, no ambient Decimal context.

Rooms: `money`, `canonical` (amounts, hashes) · `contract`, `schedule_of_values`, `milestones` (what was
agreed) · `pay_application`, `retainage`, `drafting`, `revisions`, `stored_material` (what is billed) ·
`checks`, `finding`, `footing`, `lien_waivers` (what is wrong with it) · `withholds`,
`carried_credit` (what of it is paid) · `approvals`, `roles`, `transitions` (who may do what, when) ·
`receivables`, `follow_up` (money in) ·
`business_time` · `progress` (what a process does next and why it waits) · `commands`, `refusals` (what people
say and hear) · `work_in_progress`, `wip_schedule`, `unbilled_age` (what is earned and not yet billed).
"""
