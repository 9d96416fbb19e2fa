"""Layers: what stands between your code and a model.

``wrap_model(model, [a, b, c])`` puts ``a`` outermost. The order that is right nearly always, outermost first::

    logging                      sees the whole call: its attempts, its end
    timeout(total=60)            one deadline for everything inside; retry does not sleep past it
    default_settings             before anything that looks at the request
    retry                        asks again for what failed before its first content
    timeout(first_content=10)    for each attempt
    the model

``retry`` outside of ``timeout(total=...)`` gives each attempt its own limit and the call none; ``logging`` inside of
``retry`` writes a line for each attempt. All of them serve every kind of model, streamed or not.
"""

from __future__ import annotations

from ai_sdk.middleware.default_settings import default_settings
from ai_sdk.middleware.logging import logging
from ai_sdk.middleware.retry import retry
from ai_sdk.middleware.timeout import timeout

__all__ = ["default_settings", "logging", "retry", "timeout"]
