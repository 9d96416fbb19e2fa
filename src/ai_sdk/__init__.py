"""ai_sdk"""
