"""The pipeline that the tests serve: one upstream, retries, a limit, a fallback."""

import os

from ai_sdk import wrap_model
from ai_sdk.middleware import fallback, rate_limit, retry
from ai_sdk.providers.openai_compatible import Quirks, create_openai_compatible
from ai_sdk.server import Gateway, Key

KEY = "sk-gateway-tests-0123456789"

quirks = Quirks(structured_output=lambda _: "json_schema")
upstream = create_openai_compatible(name="upstream", base_url=os.environ["UPSTREAM"], quirks=quirks)
fast = wrap_model(upstream("big"), [fallback(upstream("small")), retry(attempts=3), rate_limit(concurrency=64)])
gateway = Gateway({"fast": fast}, keys=[Key(KEY, "tests", admin=True)])
