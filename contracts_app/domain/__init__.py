"""Pure rules of contract billing: no clock, no I/O, no ambient Decimal context.

Here: amounts and hashes (`money`, `beyond_size`, `canonical`), words and terms (`names`, `addresses`,
`contract`), law as data (`law`), who may do what and when (`roles`, `approvals`, `transitions`), days
(`business_time`), what people hear (`refusals`, `finding`). In rooms of their own:

- `commands`: what people say: every command of the product, with its content.
- `billing`: what is billed: the schedule of values by its bases, drafts, pay applications, revisions.
- `checking`: what is wrong with a draft before it is submitted: findings, footing, waivers.
- `retainage`: retainage: terms, tiers, shares of lines, release, law and tax.
- `time`: time billed by rates: rate cards, rounding, least charges, overtime.
- `funding`: what may be billed at most: caps, client purchase orders, notices, advances.
- `cost_plus`: cost plus a fee, guaranteed maximum price, savings.
- `changes`: changes of the contract: priced change orders, extra work, revisions of the schedule of values.
- `purchasing`: commitments: purchase orders, receipts, bills, their match, and what is passed through.
- `expenses`: expenses: receipts, per diem, mileage.
- `tax`: tax, discounts and currency: from net lines to the total of a document.
- `receivables`: what is owed and paid, what follows, and what a process waits for.
- `reports`: what is earned and not yet billed, and how old it is.
"""
