"""Tax, discounts and currency: from net lines to the total of a document."""
