"""The servers that the tests start, one a file; see tests/e2e/harness.py."""
