import { useChat } from "@ai-sdk/react";
import { DefaultChatTransport, lastAssistantMessageIsCompleteWithApprovalResponses } from "ai";
import { useState } from "react";
import { createRoot } from "react-dom/client";

function Tool({ part, answer }) {
  const name = part.type.replace("tool-", "");
  return (
    <div className="tool" data-state={part.state}>
      <code>{name}({JSON.stringify(part.input)})</code> <em>{part.state}</em>
      {part.state === "approval-requested" && (
        <div>
          <button id="approve" onClick={() => answer({ id: part.approval.id, approved: true })}>Approve</button>
          <button id="deny" onClick={() => answer({ id: part.approval.id, approved: false, reason: "not now" })}>Deny</button>
        </div>
      )}
      {part.state === "output-available" && <pre>{JSON.stringify(part.output)}</pre>}
    </div>
  );
}

function Part({ part, answer }) {
  if (part.type === "text") return <p>{part.text}</p>;
  if (part.type === "reasoning") return <p className="reasoning">{part.text}</p>;
  if (part.type.startsWith("data-")) return <p className="data">{JSON.stringify(part.data)}</p>;
  if (part.type.startsWith("tool-")) return <Tool part={part} answer={answer} />;
  return null;
}

function Chat() {
  const [text, setText] = useState("");
  const id = new URLSearchParams(location.search).get("chat") ?? "page";
  const chat = useChat({
    id,
    resume: location.search.includes("resume"),
    transport: new DefaultChatTransport({ api: "/api/chat" }),
    sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses,
  });
  window.chat = chat;
  const send = (event) => {
    event.preventDefault();
    chat.sendMessage({ text });
    setText("");
  };
  return (
    <main>
      <h1>Chat</h1>
      {chat.messages.map((message) => (
        <section key={message.id} className={message.role}>
          <b>{message.role}</b>
          {message.parts.map((part, at) => (
            <Part key={at} part={part} answer={chat.addToolApprovalResponse} />
          ))}
        </section>
      ))}
      {chat.error && <p id="error">{chat.error.message}</p>}
      <form onSubmit={send}>
        <input id="text" value={text} onChange={(event) => setText(event.target.value)} placeholder="Say something" />
        <button id="send">Send</button> <small id="status">{chat.status}</small>
      </form>
    </main>
  );
}

createRoot(document.getElementById("root")).render(<Chat />);
