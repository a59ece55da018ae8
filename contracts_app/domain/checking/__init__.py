"""What is wrong with a draft before it is submitted: findings, footing, waivers."""
