"""The cleaner's day on a phone: one page that also works without a network, and what it sends."""
