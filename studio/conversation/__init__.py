"""Conversation: who said what, who writes the reply, and where its sentences end."""
