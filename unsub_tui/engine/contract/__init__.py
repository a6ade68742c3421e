"""Checks the assumptions about Huawei Cloud's API on the account, with reads only."""
