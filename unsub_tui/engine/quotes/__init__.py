"""Quotes for plans: reads payments with few calls and estimates the refund of each item."""
