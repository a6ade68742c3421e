"""The durable record: what was confirmed, what was sent, what came of it; on disk before anything leaves."""
