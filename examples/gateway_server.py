"""A gateway with two keys and a stack behind it, and a client that asks it, all in one process.

Served for others it would be ``ai-sdk serve examples/gateway_server.py``: the file defines ``gateway``.
"""

import asyncio

import httpx

from ai_sdk import wrap_model
from ai_sdk.errors import ServerError
from ai_sdk.middleware import rate_limit, retry
from ai_sdk.server import Gateway, Key
from ai_sdk.testing import ScriptedModel

KEY = "sk-example-0123456789"

upstream = ScriptedModel([ServerError("broken", status=500), "The sky scatters blue light."] * 2)
gateway = Gateway(
    {"fast": wrap_model(upstream, [retry(attempts=3, base=0.01)])},
    keys=[Key(KEY, "team-a", layers=[rate_limit(requests=2, per=60, max_wait=0)])],
)


async def main() -> None:
    body = {"model": "fast", "messages": [{"role": "user", "content": "Why is the sky blue?"}]}
    headers = {"authorization": f"Bearer {KEY}", "x-ai-sdk-explain": "1"}
    transport = httpx.ASGITransport(gateway)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway", headers=headers) as client:
        for _ in range(3):
            answer = await client.post("/v1/chat/completions", json=body)
            if answer.is_success:
                print(answer.json()["choices"][0]["message"]["content"], "|", answer.headers["x-ai-sdk-attempts"])
            else:
                print(answer.status_code, answer.json()["error"]["code"])


if __name__ == "__main__":
    asyncio.run(main())
