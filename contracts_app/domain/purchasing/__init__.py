"""Commitments: purchase orders, receipts, bills, their match, and what is passed through."""
