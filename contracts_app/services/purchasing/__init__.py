"""What is ordered of vendors, what arrives, what they bill, and what of it becomes a cost of the contract."""
