"""The terminal, and the only place that knows Textual."""
