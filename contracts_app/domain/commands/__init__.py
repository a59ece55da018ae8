"""What people say: every command of the product, with its content."""
