"""Providers: one folder each, whose door is ``ai_sdk.providers.<name>`` with ``<name>`` and ``create_<name>``."""
