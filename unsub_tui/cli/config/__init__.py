"""The user's files: settings, profiles, named filters, guards."""
