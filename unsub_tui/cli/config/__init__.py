"""The user's configuration files: settings, profiles, named filters, guards."""
