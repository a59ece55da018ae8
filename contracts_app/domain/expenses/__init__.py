"""Expenses: receipts, per diem, mileage."""
