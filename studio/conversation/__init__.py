"""Conversation: who said what, and who writes the reply."""
