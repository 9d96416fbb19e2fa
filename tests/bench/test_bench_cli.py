"""``ai-sdk bench`` against a scripted server on a loopback port, which answers at once."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ai_sdk.bench import Profile, Report, presets, profiles
from ai_sdk.bench.profiles import profile_of
from ai_sdk.cli import main
from ai_sdk.errors import AuthenticationError, InvalidRequestError
from ai_sdk.testing import ScriptedModel
from ai_sdk.testing.scripted_server import ScriptedServer
from bench.kit import timed

MODEL = "openai_compatible:some-model"
KEY = "sk-a-secret-of-the-test-0123456789"


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.endswith(("_API_KEY", "_BASE_URL")):
            monkeypatch.delenv(name)


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel([timed([0.0, 0.0])])


@pytest.fixture
def server(model: ScriptedModel, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    with ScriptedServer(model) as server:
        monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", server.base_url)
        monkeypatch.setenv("OPENAI_COMPATIBLE_API_KEY", KEY)
        yield server


def test_it_prints_a_table_and_writes_every_file(
    server: ScriptedServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = [tmp_path / name for name in ("r.json", "r.csv", "r.html", "journal")]
    options = [word for name, place in zip(("json", "csv", "html", "resume"), places, strict=True)
               for word in (f"--{name}", str(place))]  # fmt: skip
    words = [
        "bench",
        MODEL,
        "--requests",
        "7",
        "--concurrency",
        "1,2",
        "--rounds",
        "1",
        "--output-tokens",
        "5",
        *options,
    ]
    assert main(words) == 0
    out, err = capsys.readouterr()
    assert len(server.requests) == 7
    assert {each.json["max_tokens"] for each in server.requests} == {5}
    assert "\x1b" not in out + err
    assert "3/3" in out
    assert "simulated" not in out
    assert err.splitlines()[:2] == ["1 of 7 requests", "2 of 7 requests"]
    assert [line for line in err.splitlines() if "written" in line] == [f"written to {each}" for each in places[:3]]
    report = Report.from_json(places[0].read_text())
    assert (report.simulated, len(report.samples)) == (False, 7)
    assert len(places[1].read_text().splitlines()) == 8
    assert places[2].read_text().startswith("<!doctype html>")
    assert KEY not in "".join(place.read_text() for place in places) + out + err
    assert main(words) == 0
    assert len(server.requests) == 7


def test_a_dash_writes_to_standard_output_alone(server: ScriptedServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", MODEL, "--requests", "3", "--json", "-"]) == 0
    assert len(json.loads(capsys.readouterr().out)["samples"]) == len(server.requests) == 3
    assert main(["bench", MODEL, "--requests", "3", "--csv", "-"]) == 0
    assert len(list(csv.DictReader(io.StringIO(capsys.readouterr().out)))) == 3


@pytest.mark.usefixtures("server")
def test_a_run_without_any_answer_fails_and_says_why(model: ScriptedModel, capsys: pytest.CaptureFixture[str]) -> None:
    model.turns = [AuthenticationError("bad key", status=401)]
    assert main(["bench", MODEL, "--requests", "9"]) == 1
    out = capsys.readouterr().out
    assert f"{MODEL} was given up: openai_compatible:some-model 401: bad key" in out
    assert len(model.calls) == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([], 2, "name a model, such as groq:openai/gpt-oss-120b, or a --preset"),
        (["--preset", "slow"], 2, "there is no preset 'slow'; there are: fast, small"),
        (["groq:x"], 3, "groq:x needs GROQ_API_KEY; --simulate needs no key"),
        (["local", "--preset", "fast"], 3, "groq:openai/gpt-oss-120b needs GROQ_API_KEY"),
        (["nobody:x", "--simulate"], 2, "there is no provider 'nobody'"),
        (["groq:x", "--simulate", "--requests", "0"], 2, "requests is 0"),
        (["groq:x", "--concurrency", "many"], 2, "'many' is not a list such as 1,4,16"),
        (["groq:x", "--simulate", "--profiles", "/no/such.json"], 2, "cannot read /no/such.json"),
        (["groq:x", "--simulate", "--html", "/no/such/page.html"], 2, "/no/such/page.html cannot be written"),
    ],
)
def test_wrong_words_are_refused_in_one_line(
    words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", *words]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert len(err.splitlines()) == 1


def test_presets_and_profiles_are_in_the_package() -> None:
    fast = presets()["fast"]
    assert [name.partition(":")[0] for name in fast] == ["groq", "togetherai", "cerebras"]
    assert all("gpt-oss-120b" in name for name in fast)
    assert {"groq", "togetherai", "cerebras", "default"} <= set(profiles())
    assert profile_of("anthropic:x", profiles()) == profiles()["default"]


def test_profiles_of_ones_own_are_read_and_checked(tmp_path: Path) -> None:
    place = tmp_path / "p.json"
    place.write_text('{"profiles": {"groq:x": {"gap": 0.5}}}')
    assert profile_of("groq:x", profiles(place)) == Profile(gap=0.5)
    with pytest.raises(InvalidRequestError, match="no profile for groq:y, and no default one"):
        profile_of("groq:y", profiles(place))
    for words, said in (
        ('{"profiles": {"a": {"speed": 1}}}', "the profile a cannot be understood"),
        ('{"profiles": {"a": {"slots": 0}}}', "slots is 0; allowed are numbers from 1"),
        ('{"profiles": {"a": {"errors": {"200": 0.1}}}}', "allowed are statuses from 400 to 599"),
        ("{}", "has no `profiles`"),
        ("[]", "is not a JSON object"),
        ("{", "is not JSON"),
    ):
        place.write_text(words)
        with pytest.raises(InvalidRequestError, match=said):
            profiles(place)
