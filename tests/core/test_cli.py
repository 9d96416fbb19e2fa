"""The command, against a scripted server on a loopback port."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import ai_sdk
from ai_sdk.cli import main
from ai_sdk.cli._input import read_words
from ai_sdk.errors import RateLimitError
from ai_sdk.messages import ToolCallPart
from ai_sdk.parts import Finish, TextDelta
from ai_sdk.providers.local import create_local
from ai_sdk.registry import provider_names, registry
from ai_sdk.results import Usage
from ai_sdk.testing import HANG, ScriptedModel
from ai_sdk.testing.fault_server import FaultServer
from ai_sdk.testing.scripted_server import ScriptedServer

SRC = str(Path(ai_sdk.__file__).parents[1])
KEY = "sk-a-secret-of-the-test-0123456789"
MODEL = "openai_compatible:some-model"

Output = Callable[[], tuple[str, str]]


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.endswith(("_API_KEY", "_BASE_URL")):
            monkeypatch.delenv(name)


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str]) -> Output:
    def read() -> tuple[str, str]:
        captured = capsys.readouterr()
        return captured.out, captured.err

    return read


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel()


@pytest.fixture
def server(model: ScriptedModel, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    with ScriptedServer(model) as server:
        use(server.base_url, monkeypatch)
        yield server


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    with FaultServer() as server:
        use(server.base_url, monkeypatch)
        yield server


def use(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", url)
    monkeypatch.setenv("OPENAI_COMPATIBLE_API_KEY", KEY)


def command(*words: str, **more: str) -> tuple[list[str], dict[str, str]]:
    return [sys.executable, "-m", "ai_sdk.cli", *words], {**os.environ, "PYTHONPATH": SRC, **more}


def test_an_answer_is_streamed_to_standard_output_and_nothing_else(
    model: ScriptedModel, server: ScriptedServer, output: Output
) -> None:
    model.turns = ["It is blue."]
    code = main(["chat", MODEL, "why?", "--system", "Be brief.", "--temperature", "0", "--max-output-tokens", "9"])
    assert (code, output()) == (0, ("It is blue.\n", ""))
    body = server.requests[0].json
    assert body["messages"] == [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "why?"}]
    assert (body["stream"], body["temperature"], body["max_tokens"]) == (True, 0, 9)
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_verbose_tells_attempts_and_usage_on_standard_error(
    model: ScriptedModel, server: ScriptedServer, output: Output
) -> None:
    model.turns = ["yes\n"]
    assert main(["chat", MODEL, "ok?", "-v"]) == 0
    out, err = output()
    assert out == "yes\n"
    assert f"attempt 1: {MODEL}, " in err
    assert err.endswith(": ok\nusage: 1 tokens in, 1 tokens out\n")
    assert len(server.requests) == 1


def test_an_answer_that_was_cut_off_says_so(model: ScriptedModel, server: ScriptedServer, output: Output) -> None:
    del server
    model.turns = [[TextDelta("once upon"), Finish("length", Usage())]]
    assert main(["chat", MODEL, "tell"]) == 0
    assert output() == ("once upon\n", "the answer ended early: length\n")


def test_the_prompt_comes_from_standard_input(server: ScriptedServer) -> None:
    run, env = command("chat", MODEL)
    done = subprocess.run(run, env=env, input="from a pipe\n", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "ok\n", "")
    assert server.requests[0].json["messages"] == [{"role": "user", "content": "from a pipe"}]


def test_a_picture_goes_along(server: ScriptedServer, tmp_path: Path) -> None:
    picture = tmp_path / "dot.png"
    picture.write_bytes(b"\x89PNG")
    assert main(["chat", MODEL, "look", "--image", str(picture), "--image", "https://a.example/b.jpg"]) == 0
    text, first, second = server.requests[0].json["messages"][0]["content"]
    assert text["text"] == "look"
    assert first["image_url"]["url"] == "data:image/png;base64,iVBORw=="
    assert second["image_url"]["url"] == "https://a.example/b.jpg"


SCHEMA = '{"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}'


@pytest.mark.parametrize("inline", [True, False])
def test_a_json_schema_prints_the_object(
    model: ScriptedModel, server: ScriptedServer, output: Output, tmp_path: Path, inline: bool
) -> None:
    model.turns = [[ToolCallPart("1", "response", '{"age": 36}'), Finish("tool-calls", Usage())]]
    path = tmp_path / "schema.json"
    path.write_text(SCHEMA)
    assert main(["chat", MODEL, "how old?", "--json-schema", SCHEMA if inline else str(path)]) == 0
    assert output() == ('{"age": 36}\n', "")
    assert server.requests[0].json["tools"][0]["function"]["parameters"]["properties"] == {"age": {"type": "integer"}}


def test_a_stack_file_puts_layers_around_the_model(server: ScriptedServer, output: Output, tmp_path: Path) -> None:
    stack = tmp_path / "my_stack.py"
    stack.write_text(
        "from ai_sdk.middleware import default_settings, retry\nstack = [retry(), default_settings(seed=7)]\n"
    )
    assert main(["chat", MODEL, "hi", "--stack", str(stack)]) == 0
    assert server.requests[0].json["seed"] == 7
    stack.write_text("import beside\nmodel = beside.model\n")
    (tmp_path / "beside.py").write_text("from ai_sdk.testing import ScriptedModel\nmodel = ScriptedModel(['mine'])\n")
    output()
    assert main(["chat", "hi", "--stack", str(stack)]) == 0
    assert output() == ("mine\n", "")


@pytest.mark.parametrize(
    ("words", "model", "prompt"),
    [
        (["groq:llama", "hello there"], "groq:llama", "hello there"),
        (["groq:llama"], "groq:llama", None),
        (["local:/models/a.gguf", "hi"], "local:/models/a.gguf", "hi"),
        (["local"], "local:smollm2", None),
        (["local", "hi"], "local:smollm2", "hi"),
        (["hello"], None, "hello"),
        (["hello there"], None, "hello there"),
        (["Note: this is a prompt"], None, "Note: this is a prompt"),
        (["why", "is", "it", "so?"], None, "why is it so?"),
        (["12:30"], None, "12:30"),
        ([], None, None),
    ],
)
def test_the_first_word_is_a_model_when_it_reads_like_one(
    words: list[str], model: str | None, prompt: str | None
) -> None:
    assert read_words(words) == (model, prompt)


def test_the_option_for_the_model_makes_every_word_a_prompt() -> None:
    assert read_words(["groq:llama", "hi"], "openai:x") == ("openai:x", "groq:llama hi")


USAGE: list[tuple[list[str], str]] = [
    (["chat", "groqq:llama", "hi"], "there is no provider 'groqq'; did you mean groq"),
    (["chat", "groq"], "groq is a provider: write groq:MODEL"),
    (["chat", MODEL, "hi", "--temperature", "-1"], "temperature is -1.0; allowed is"),
    (["chat", MODEL, "hi", "--temperature", "warm"], "argument --temperature: invalid float value: 'warm'"),
    (["chat", MODEL, "hi", "--image", "/no/such.png"], "cannot read the picture /no/such.png: No such file"),
    (["chat", MODEL, "hi", "--json-schema", "{no"], "--json-schema is not valid JSON"),
    (["chat", MODEL, "hi", "--json-schema", "[]"], "cannot read the schema file []"),
    (["chat", MODEL, "hi", "--json-schema", "/no/such"], "cannot read the schema file /no/such"),
    (["chat", MODEL, "hi", "--stack", "/no/such.py"], "there is no stack file /no/such.py"),
    (["chat", MODEL, " "], "there is no prompt"),
    (["chat", "local:nonsense", "hi"], "local has no model 'nonsense'"),
    (["models", "nobody"], "there is no provider 'nobody'"),
    (["models"], "the following arguments are required: PROVIDER (see ai-sdk models --help)"),
    (["nonsense"], "invalid choice: 'nonsense'"),
    (["chat", "--nonsense"], "unrecognized arguments: --nonsense"),
    ([], "the following arguments are required: COMMAND"),
]


@pytest.mark.parametrize(("arguments", "words"), USAGE, ids=[words for _, words in USAGE])
def test_bad_input_is_one_line_and_exit_code_2(arguments: list[str], words: str, output: Output) -> None:
    code = main(arguments)
    out, err = output()
    assert (code, out) == (2, "")
    assert words in err
    assert err.startswith("ai-sdk")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1 / 0", "failed: ZeroDivisionError: division by zero"),
        ("layers = []", "defines neither `stack`, a list of layers, nor `model`"),
        ("model = 'openai:x'", "defines the model: name no other one beside it"),
        ("def (", "failed: SyntaxError"),
    ],
)
def test_a_bad_stack_file_is_bad_input(text: str, words: str, output: Output, tmp_path: Path) -> None:
    stack = tmp_path / "stack.py"
    stack.write_text(text)
    assert main(["chat", MODEL, "hi", "--stack", str(stack)]) == 2
    out, err = output()
    assert (out, err.count("\n")) == ("", 1)
    assert words in err


def test_a_missing_key_is_exit_code_3_and_names_the_variable(output: Output) -> None:
    assert main(["chat", "groq:llama", "hi"]) == 3
    out, err = output()
    assert (out, err.count("\n")) == ("", 1)
    assert "GROQ_API_KEY" in err


def test_a_missing_part_is_exit_code_3_and_names_the_command(monkeypatch: pytest.MonkeyPatch, output: Output) -> None:
    monkeypatch.setitem(registry._providers, "local", create_local())
    monkeypatch.setattr("ai_sdk.providers.local._files.SERVER", "no_such_package_anywhere")
    assert main(["chat", "hi"]) == 3
    out, err = output()
    assert (out, err.count("\n")) == ("", 1)
    assert 'run pip install "ai-sdk-layers[local]"' in err
    assert main(["doctor"]) == 0
    assert 'not installed: run pip install "ai-sdk-layers[local]"' in output()[0]


@pytest.mark.parametrize(
    ("fault", "printed", "words"),
    [
        ("500", "", "openai_compatible:fault:500 500: This is status 500"),
        ("401", "", "401: This is status 401"),
        ("cut-after-2", "The quick \n", "broke"),
        ("clean-end-after-1", "The \n", "ended"),
        ("error-event-after-1", "The \n", "The server had an error"),
    ],
)
def test_a_failure_of_the_provider_is_one_line_and_exit_code_1(
    faulty: FaultServer, output: Output, fault: str, printed: str, words: str
) -> None:
    assert main(["chat", f"openai_compatible:fault:{fault}", "hi"]) == 1
    out, err = output()
    assert out == printed
    assert words in err
    assert err.count("\n") == 1
    assert len(faulty.requests) == 1


def test_verbose_tells_the_attempts_of_a_failure_too(faulty: FaultServer, output: Output, tmp_path: Path) -> None:
    stack = tmp_path / "stack.py"
    stack.write_text("from ai_sdk.middleware import retry\nstack = [retry(attempts=2, wait=0.0)]\n")
    assert main(["chat", "openai_compatible:fault:500", "hi", "-v", "--stack", str(stack)]) == 1
    lines = output()[1].splitlines()
    assert [line.partition(":")[0] for line in lines] == ["attempt 1", "attempt 2", "ai-sdk"]
    assert len(faulty.requests) == 2


def test_nobody_listening_is_exit_code_1(monkeypatch: pytest.MonkeyPatch, output: Output) -> None:
    use("http://127.0.0.1:9/v1", monkeypatch)
    assert main(["chat", MODEL, "hi"]) == 1
    assert output()[1].count("\n") == 1


def test_debug_adds_the_traceback(faulty: FaultServer, output: Output) -> None:
    del faulty
    assert main(["chat", "openai_compatible:fault:500", "hi", "--debug"]) == 1
    err = output()[1]
    assert "Traceback (most recent call last)" in err
    assert err.splitlines()[-1].startswith("ai-sdk: ")


def test_no_key_is_ever_printed(faulty: FaultServer, output: Output) -> None:
    del faulty
    for arguments in (
        ["chat", "openai_compatible:fault:401", "hi", "--debug", "-v"],
        ["chat", "openai_compatible:fault:cut-after-1", "hi", "--debug", "-v"],
        ["models", "openai_compatible"],
        ["providers"],
        ["doctor", "--online"],
    ):
        main(arguments)
    out, err = output()
    assert out
    assert err
    assert KEY not in out + err


def test_providers_lists_all_with_the_state_of_their_keys(monkeypatch: pytest.MonkeyPatch, output: Output) -> None:
    monkeypatch.setenv("GROQ_API_KEY", KEY)
    assert main(["providers"]) == 0
    lines = output()[0].splitlines()
    assert [line.split()[0] for line in lines[1:]] == provider_names()
    states = {line.split()[0]: line for line in lines}
    assert "GROQ_API_KEY  " in states["groq"]
    assert "  set  " in states["groq"]
    assert "language speech transcription" in states["groq"]
    assert "OPENAI_API_KEY  " in states["openai"]
    assert "not set" in states["openai"]
    assert "installed" in states["local"]


def test_a_broken_provider_does_not_hide_the_others(monkeypatch: pytest.MonkeyPatch, output: Output) -> None:
    def provider(name: str) -> object:
        if name == "groq":
            raise ImportError("its dependency is gone")
        return real(name)

    real = registry.provider
    monkeypatch.setattr(registry, "provider", provider)
    assert main(["providers"]) == 0
    assert main(["doctor"]) == 0
    out, _ = output()
    assert "broken" in out
    assert out.count("its dependency is gone") == 2
    assert "openai" in out


def test_models_lists_what_the_provider_answers(server: ScriptedServer, output: Output) -> None:
    assert main(["models", "openai-compatible"]) == 0
    assert output() == ("scripted:model\n", "")
    assert server.requests[0].route == ("GET", "/v1/models")


def test_doctor_tells_what_is_there(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CEREBRAS_API_KEY", KEY)
    assert main(["doctor"]) == 0
    out, err = output()
    assert err == ""
    lines = {line[6:24].strip(): line for line in out.splitlines()}
    assert lines["python"].startswith("ok    python              3.")
    assert lines["cerebras"].endswith("CEREBRAS_API_KEY is set")
    assert lines["groq"].endswith("GROQ_API_KEY is not set")
    assert "local model" in lines


def test_doctor_online_asks_who_can_be_asked(server: ScriptedServer, output: Output) -> None:
    del server
    assert main(["doctor", "--online"]) == 0
    out, _ = output()
    assert "ok    openai_compatible   answers, with 1 models" in out
    assert "ok    groq" not in out


class Keyboard(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_conversation_writes_only_answers_to_standard_output(
    model: ScriptedModel, server: ScriptedServer, output: Output, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    model.turns = ["Hello.", RateLimitError("slow down", status=429), "Ahoy."]
    picture = tmp_path / "dot.png"
    picture.write_bytes(b"\x89PNG")
    lines = ["hi", "again", "/system Be a sailor.", "", "and now?", "/help", "/clear", "/system", "/exit", "never"]
    monkeypatch.setattr("sys.stdin", Keyboard("\n".join(lines)))
    assert main(["chat", MODEL, "--image", str(picture)]) == 0
    out, err = output()
    assert out == "Hello.\nAhoy.\n"
    assert f"ai-sdk: {MODEL} 429: slow down\n" in err
    messages = server.requests[-1].json["messages"]
    assert [each["role"] for each in messages] == ["system", "user", "assistant", "user"]
    assert [each["type"] for each in messages[1]["content"]] == ["text", "image_url"]
    assert messages[3]["content"] == "and now?"


def test_a_conversation_ends_at_the_end_of_input_or_for_want_of_a_key(
    output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", Keyboard(""))
    assert main(["chat", "groq:llama"]) == 0
    monkeypatch.setattr("sys.stdin", Keyboard("hi\nstill there?\n"))
    assert main(["chat", "groq:llama"]) == 3
    assert output()[1].count("GROQ_API_KEY") == 1
    assert main(["chat", "groq:llama", "--json-schema", SCHEMA]) == 2
    assert "--json-schema needs a prompt" in output()[1]


def test_the_version_and_the_help_are_quick_and_load_nothing_heavy() -> None:
    code = (
        "import sys; from ai_sdk.cli import main; codes = main(['--version']), main(['chat', '--help']);"
        "print(codes, {'asyncio', 'aiohttp', 'httpx', 'pydantic', 'structlog'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=command()[1], capture_output=True, text=True, check=True, timeout=30
    )
    lines = done.stdout.splitlines()
    assert lines[0].startswith("ai-sdk ")
    assert lines[-1] == "(0, 0) set()"


def test_a_reader_that_leaves_is_no_traceback(model: ScriptedModel, server: ScriptedServer) -> None:
    del server
    model.turns = [[*[TextDelta("x" * 1000) for _ in range(500)], Finish("stop", Usage())]]
    run, env = command("chat", MODEL, "go")
    with subprocess.Popen(run, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(10) == b"x" * 10
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_ctrl_c_is_exit_code_130_and_closes_the_connection(model: ScriptedModel, server: ScriptedServer) -> None:
    model.turns = [[TextDelta("begun"), HANG]]
    run, env = command("chat", MODEL, "go")
    with subprocess.Popen(run, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(5) == b"begun"
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == b"\n"
        assert process.stderr.read() == b""
    assert process.returncode == 130
    server.block_until(lambda: len(server.aborted) == 1)
