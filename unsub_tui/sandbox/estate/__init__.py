"""The state of the account's resources: derived from seed, id and the rows of billing at any moment.

Nothing of it is stored: a page of rows is computed when it is asked for.
"""
