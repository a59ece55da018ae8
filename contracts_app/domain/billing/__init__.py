"""What is billed: the schedule of values by its bases, drafts, pay applications and their revisions."""
