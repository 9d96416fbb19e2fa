// Reads streams as a page does: a JSON line in, {"stream": base64, "message": ...}, and one out,
// {"message": ..., "valid": whether the package would take the message back} or {"error": ...}.
import { DefaultChatTransport, readUIMessageStream, safeValidateUIMessages } from "ai";
import { createInterface } from "node:readline";

class Transport extends DefaultChatTransport {
  read(bytes) {
    return this.processResponseStream(new Blob([bytes]).stream());
  }
}

const transport = new Transport();

async function answer({ stream, message }) {
  let last = message;
  const chunks = transport.read(Buffer.from(stream, "base64"));
  for await (const each of readUIMessageStream({ stream: chunks, message, terminateOnError: true })) last = each;
  const checked = last?.parts.length ? await safeValidateUIMessages({ messages: [last] }) : { success: true };
  return { message: last, valid: checked.success };
}

for await (const line of createInterface({ input: process.stdin })) {
  const said = await answer(JSON.parse(line)).catch((error) => ({ error: `${error.name}: ${error.message}`.slice(0, 500) }));
  process.stdout.write(JSON.stringify(said) + "\n");
}
