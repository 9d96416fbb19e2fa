"""A batch with a journal: some rows fail, the process stops halfway, and the next run goes on where it was."""

import asyncio
import tempfile
from pathlib import Path

from ai_sdk import generate_text, wrap_model
from ai_sdk.batch import map_rows
from ai_sdk.errors import ServerError
from ai_sdk.messages import UserMessage
from ai_sdk.middleware import retry
from ai_sdk.parts import Finish, TextDelta
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse, Usage, fold_language

asked: list[str] = []


async def answer(request: LanguageRequest) -> LanguageResponse:
    """A model that cannot answer every question."""
    question = request.messages[-1]
    assert isinstance(question, UserMessage)
    text = question.text
    asked.append(text)
    await asyncio.sleep(0.01)
    if "7" in text:
        raise ServerError("broken", status=500)
    usage = Usage(input_tokens=12, output_tokens=3)
    return LanguageResponse.of([TextDelta(f"an answer to {text}"), Finish("stop", usage)], fold_language)


model = wrap_model(answer, [retry(attempts=2, base=0.01)])
dataset = [{"id": f"q{n}", "text": f"question {n}"} for n in range(12)]


async def ask(row: dict[str, str]) -> str:
    return (await generate_text(model, row["text"])).text


async def main(journal: Path) -> None:
    async with map_rows(ask, dataset, key="id", concurrency=3, journal=journal) as rows:
        async for row in rows:
            if row.index == 4:
                break  # leaving early cancels the calls under way
    print(f"stopped after {len(asked)} calls")

    found = await map_rows(ask, dataset, key="id", concurrency=3, journal=journal)
    resumed = sum(row.resumed for row in found)
    print(f"{len(found)} rows, {resumed} of them from the journal, {len(asked)} calls in all")
    for row in found.failed:
        assert row.error is not None
        print(f"{row.key}: {row.error.kind} after {row.error.attempts} attempts, retryable: {row.error.retryable}")
    print(found.write_jsonl(journal.with_name("answers.jsonl")).read_text().splitlines()[0])


with tempfile.TemporaryDirectory() as folder:
    asyncio.run(main(Path(folder) / "journal"))
