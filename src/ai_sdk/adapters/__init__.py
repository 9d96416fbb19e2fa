"""Adapters: a pipeline inside other frameworks, and their models as models here.

``ai_sdk.adapters.langchain``, ``ai_sdk.adapters.llamaindex`` and ``ai_sdk.adapters.pydantic_ai`` each import their
framework, and raise ``MissingExtraError`` without it. This package imports none of them.
"""
