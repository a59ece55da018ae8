"""Changes of the contract: priced change orders, extra work, revisions of the schedule of values."""
