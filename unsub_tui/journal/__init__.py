"""The journal: durable record of confirmations, requests and outcomes, written to disk before any request is sent."""
